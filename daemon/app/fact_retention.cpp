#include "daemon/app/fact_retention.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/app/held_leases.h"
#include "daemon/base/error.h"
#include "daemon/people/obstacles.h"
#include "daemon/people/old_facts.h"
#include "daemon/pip/months.h"
#include "daemon/store/fact_term.h"
#include "daemon/store/repositories.h"
#include "daemon/store/swept_rows.h"
#include "migration/promotion/seal.h"

namespace hrbridge::app {
namespace {

constexpr std::int64_t kIdsAStep = 20'000;
// A sync every minute leaves its lease for most of it.
constexpr int kAttempts = 10;
constexpr std::chrono::seconds kBetweenAttempts{20};

// Of one entity.
class TermOf {
  public:
    TermOf(Services& services, store::sql::Connection& connection, const store::FactEntity& entity)
        : services_(services),
          connection_(connection),
          entity_(entity),
          now_(store::fact_term(connection, entity.name)) {}

    // Gives the number of deleted rows. Throws base::LeaseHeld.
    std::int64_t keep(const std::stop_token& stop) {
        const auto wanted = this->wanted();
        if (same(wanted) && (!now_ || now_->cleared)) {
            return 0;
        }
        HeldLeases leases(services_);
        leases.take_modules();
        for (const engine::Mapping& mapping : services_.mappings) {
            if (mapping.entity == entity_.name) {
                leases.take("sync/" + mapping.name);
            }
        }
        if (!same(wanted)) {
            move_to(wanted, leases);
        }
        return wanted ? clear(leases, stop) : 0;
    }

  private:
    bool same(const std::optional<base::Date>& wanted) const {
        return wanted.has_value() == now_.has_value() && (!wanted || *wanted == now_->kept_from);
    }

    // An entity without rows keeps the term that it has.
    std::optional<base::Date> wanted() {
        const auto months = static_cast<int>(services_.config.retention.facts_months);
        if (months == 0) {
            return std::nullopt;
        }
        const base::Zone zone = zone_of(services_);
        const auto first_kept = [&](base::Date day) {
            return pip::add_months(pip::month_of(day), -months);
        };
        base::Date first = first_kept(zone.date_of(services_.clock.now()));
        if (now_ && now_->kept_from == first) {
            return first;
        }
        const auto newest = store::newest_day(connection_, entity_, zone);
        if (!newest) {
            return now_ ? std::optional(now_->kept_from) : std::nullopt;
        }
        first = std::min(first, first_kept(*newest));
        const auto judged = last_judged();
        return judged ? std::min(first, *judged) : first;
    }

    // The first month that the rules looked at when they were asked last.
    std::optional<base::Date> last_judged() {
        const pip::Policy& policy = services_.policy;
        if (policy.defect_level.mode == pip::Mode::Off && policy.streak.mode == pip::Mode::Off) {
            return std::nullopt;
        }
        const auto newest = store::FindingRepository(connection_).evaluations(1);
        if (newest.empty()) {
            return std::nullopt;
        }
        return pip::add_months(newest.front().period, -policy.history_months);
    }

    void move_to(const std::optional<base::Date>& wanted, const HeldLeases& leases) {
        std::optional<store::FactTerm> term;
        if (wanted) {
            const auto midnight = base::LocalTime(wanted->time_since_epoch());
            term = store::FactTerm{&entity_, *wanted, zone_of(services_).to_instant(midnight)};
        }
        const bool comes_back = now_ && (!wanted || *wanted < now_->kept_from);
        store::sql::Transaction transaction(connection_);
        leases.require(connection_);
        store::set_fact_term(connection_, entity_, term, services_.clock.now());
        transaction.commit();
        if (comes_back) {
            services_.log.notice(
                "facts are kept longer than before; what was deleted comes back with hrbridge sync "
                "--full",
                {{"entity", std::string(entity_.name)},
                 {"kept_from", wanted ? base::to_string(*wanted) : "for ever"}});
        }
    }

    std::int64_t clear(const HeldLeases& leases, const std::stop_token& stop) {
        const auto entities = store::entity_tables(connection_);
        const auto table = std::find_if(entities.begin(), entities.end(), [&](const auto& each) {
            return each.name == entity_.name;
        });
        const auto tell = promotion::ledger_teller(
            services_.ledger_keys ? &*services_.ledger_keys : nullptr, services_.clock);
        const std::int64_t end = store::most_rows(connection_, *table) + 1;
        std::int64_t rows = 0;
        for (std::int64_t first = 0; first < end; first += kIdsAStep) {
            if (stop.stop_requested()) {
                throw base::Stopped();
            }
            store::sql::Transaction transaction(connection_);
            leases.require(connection_);
            rows += people::delete_old_facts(
                connection_, *table, {first, std::min(first + kIdsAStep, end)}, tell);
            transaction.commit();
        }
        store::sql::Transaction transaction(connection_);
        leases.require(connection_);
        store::note_cleared(connection_, entity_, services_.clock.now());
        transaction.commit();
        return rows;
    }

    Services& services_;
    store::sql::Connection& connection_;
    const store::FactEntity& entity_;
    std::optional<store::FactTerm> now_;
};

std::string why_not_now(store::sql::Connection& connection) {
    return fmt::format("{}", fmt::join(people::obstacles(connection), "\n"));
}

std::int64_t keep_patiently(Services& services,
                            store::sql::Connection& connection,
                            const store::FactEntity& entity,
                            const std::stop_token& stop) {
    for (int attempt = 1;; ++attempt) {
        try {
            return TermOf(services, connection, entity).keep(stop);
        } catch (const base::LeaseHeld&) {
            if (attempt == kAttempts) {
                throw;
            }
        }
        if (!services.clock.sleep(kBetweenAttempts, stop)) {
            throw base::Stopped();
        }
    }
}

}  // namespace

FactRetention keep_facts_by_term(Services& services, const std::stop_token& stop) {
    FactRetention out;
    const auto connection = services.store->connect();
    if (services.config.retention.facts_months == 0 && !store::all_facts_kept_from(*connection)) {
        return out;
    }
    out.put_off = why_not_now(*connection);
    if (!out.put_off.empty()) {
        return out;
    }
    for (const store::FactEntity& entity : store::fact_entities()) {
        try {
            out.rows += keep_patiently(services, *connection, entity, stop);
        } catch (const base::LeaseHeld& held) {
            out.put_off = held.what();
        }
    }
    if (const auto kept_from = store::all_facts_kept_from(*connection)) {
        people::delete_old_figures(*connection,
                                   pip::add_months(*kept_from, -services.policy.history_months));
    }
    return out;
}

}  // namespace hrbridge::app
