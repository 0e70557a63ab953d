#include "daemon/app/fact_retention.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/app/held_leases.h"
#include "daemon/base/error.h"
#include "daemon/people/obstacles.h"
#include "daemon/people/old_facts.h"
#include "daemon/pip/months.h"
#include "daemon/store/erased_people.h"
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

// Something that ends by itself or by a person stands against it; nothing was changed.
class NotNow : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Of one entity.
class TermOf {
  public:
    TermOf(Services& services, store::sql::Connection& connection, const store::FactEntity& entity)
        : services_(services),
          connection_(connection),
          entity_(entity),
          now_(store::fact_term(connection, entity.name)) {}

    // Gives the number of deleted rows. Throws base::LeaseHeld, NotNow.
    std::int64_t keep(const std::stop_token& stop) {
        const auto wanted = this->wanted();
        const bool stays = is_now(wanted);
        if (stays && (now_.cleared || !wanted)) {
            return 0;
        }
        refuse_for_others();
        HeldLeases leases(services_);
        leases.take_modules();
        for (const engine::Mapping& mapping : services_.mappings) {
            if (mapping.entity == entity_.name) {
                leases.take("sync/" + mapping.name);
            }
        }
        refuse_for_others();
        if (!stays) {
            move_to(wanted, leases);
        }
        return wanted ? clear(leases, stop) : 0;
    }

  private:
    std::int64_t months() const { return services_.config.retention.facts_months; }
    bool is_now(const std::optional<base::Date>& wanted) const {
        return wanted.has_value() == now_.term.has_value() &&
               (!wanted || (*wanted == now_.term->kept_from && applied_months_ == now_.months));
    }

    // It goes back only when the configuration keeps more: not for a clock that is behind for a
    // night. An entity without rows keeps the term that it has.
    std::optional<base::Date> wanted() {
        if (months() == 0) {
            return std::nullopt;
        }
        auto first = first_by_days();
        const bool may_go_back = months() > now_.months;
        if (now_.term && !first) {
            applied_months_ = now_.months;  // longer months wait for rows to count from
        }
        if (now_.term && (!first || (!may_go_back && *first < now_.term->kept_from))) {
            first = now_.term->kept_from;
        }
        return first;
    }

    std::optional<base::Date> first_by_days() {
        const base::Zone zone = zone_of(services_);
        const base::Date today = zone.date_of(services_.clock.now());
        const auto first_kept = [&](base::Date day) {
            return pip::add_months(pip::month_of(day), -static_cast<int>(months()));
        };
        if (now_.term && now_.months == months() && first_kept(today) <= now_.term->kept_from) {
            return now_.term->kept_from;
        }
        const auto newest = store::newest_day(connection_, entity_, zone, today);
        if (!newest) {
            return std::nullopt;
        }
        const auto judged = first_judged();
        return judged ? std::min(first_kept(*newest), *judged) : first_kept(*newest);
    }

    // The first month that the rules looked at when they were asked last.
    std::optional<base::Date> first_judged() {
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

    // Again behind the leases, where what began before they were taken is seen.
    void refuse_for_others() {
        const auto obstacles = people::obstacles(connection_);
        if (!obstacles.empty()) {
            throw NotNow(fmt::format("{}", fmt::join(obstacles, "\n")));
        }
        const auto loads = connection_.query("SELECT mapping FROM first_load WHERE entity = $1",
                                             {std::string(entity_.name)});
        if (loads->next()) {
            throw NotNow("the first load by " + loads->text(0) + " has not come to its end");
        }
    }

    void move_to(const std::optional<base::Date>& wanted, const HeldLeases& leases) {
        std::optional<store::FactTerm> term;
        if (wanted) {
            const base::LocalTime midnight(wanted->time_since_epoch());
            term = store::FactTerm{&entity_, *wanted, zone_of(services_).to_instant(midnight)};
        }
        const bool comes_back = now_.term && (!wanted || *wanted < now_.term->kept_from);
        store::sql::Transaction transaction(connection_);
        store::begin_erasure(connection_);
        leases.require(connection_);
        store::set_fact_term(connection_, entity_, term, applied_months_, services_.clock.now());
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
        const std::int64_t epoch = store::fact_term(connection_, entity_.name).epoch;
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
        store::note_cleared(connection_, entity_, epoch);
        transaction.commit();
        return rows;
    }

    Services& services_;
    store::sql::Connection& connection_;
    const store::FactEntity& entity_;
    const store::FactTermState now_;
    std::int64_t applied_months_ = months();
};

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

std::string keep_or_put_off(Services& services,
                            store::sql::Connection& connection,
                            const store::FactEntity& entity,
                            const std::stop_token& stop,
                            std::int64_t& rows) {
    try {
        rows += keep_patiently(services, connection, entity, stop);
        return {};
    } catch (const base::LeaseHeld& held) {
        return held.what();
    } catch (const NotNow& why) {
        return why.what();
    } catch (const base::StoreError& error) {
        if (error.remedy() != base::Remedy::Retry) {
            throw;
        }
        return error.what();
    }
}

}  // namespace

FactRetention keep_facts_by_term(Services& services, const std::stop_token& stop) {
    FactRetention out;
    for (const store::FactEntity& entity : store::fact_entities()) {
        const auto connection = services.store->connect();
        const std::string why = keep_or_put_off(services, *connection, entity, stop, out.rows);
        if (!why.empty()) {
            out.put_off = fmt::format("{}: {}", entity.name, why);
        }
    }
    const auto connection = services.store->connect();
    if (const auto whole_from = store::facts_whole_from(*connection)) {
        people::delete_old_figures(*connection,
                                   pip::add_months(*whole_from, -services.policy.history_months));
    }
    return out;
}

}  // namespace hrbridge::app
