#include <algorithm>
#include <chrono>
#include <future>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/command_migrate.h"
#include "daemon/app/migrate_output.h"
#include "daemon/app/module_lease.h"
#include "daemon/app/source_controls.h"
#include "daemon/app/source_reading.h"
#include "daemon/app/verdict_output.h"
#include "daemon/base/error.h"
#include "migration/check/check_run.h"
#include "migration/check/scope.h"
#include "migration/freeze/texts.h"
#include "migration/freeze/verdict_record.h"
#include "migration/reconcile/reconcile.h"
#include "migration/rehearsal/record.h"

namespace hrbridge::app {
namespace {

using freeze::Judged;
using rehearsal::Rehearsal;

constexpr std::int64_t kRowsListed = 20;  // of a rule of check 1 or 2

// Why it cannot be checked; no code: it can.
ledger::Note why_not(const CommandContext& context,
                     const project::Module& module,
                     const Rehearsal& one) {
    const std::map<std::string, std::string> about{{"module", module.name},
                                                   {"number", std::to_string(one.number)}};
    if (one.state == rehearsal::State::Dropped) {
        return {"is_dropped", about};
    }
    if (!one.is_loaded()) {
        return {"not_loaded", about};
    }
    if (one.state != rehearsal::State::Checking) {
        return {"check_after_freeze", about};
    }
    const auto mappings = project::mappings_of(module, context.services.mappings);
    if (one.mapping_set != rehearsal::mapping_set(mappings).hex()) {
        return {"mappings_changed", about};
    }
    if (!store::side_is_taken(context.services.config.store, one.side())) {
        return {"side_gone", about};
    }
    return {};
}

// One after another, each recorded when it is done.
class Checks {
  public:
    Checks(const CommandContext& context,
           const project::Module& module,
           const Rehearsal& one,
           const rehearsal::Lease& lease)
        : context_(context),
          module_(module),
          rehearsal_(one),
          parts_{context.services.config.store,
                 context.services.ledger_keys ? &*context.services.ledger_keys : nullptr,
                 context.services.clock,
                 lease,
                 context.actor},
          mappings_(project::mappings_of(module, context.services.mappings)),
          rules_(project::rules_of(module, context.services.mappings)),
          controls_(context, module, mappings_, rules_, one.number) {}

    Exit run() {
        store::create_side(parts_.live, rehearsal_.side());
        if (is_quick()) {
            // Beside each other: this mode is for the time. The whole one, which reads the source
            // again, holds the memory of one at a time.
            controls_.read_ahead();
            auto rules = std::async(std::launch::async, [this] { return check_rules(); });
            Judged reconciled = reconcile();
            const auto [format, logic] = rules.get();
            take(format);
            take(logic);
            if (!json()) {
                context_.output.line(migrate_text(context_, {"quick_mode"}));
            }
            take(reconciled);
        } else {
            const auto connection = side();
            take({check::kFormat, check::check_format(scope(*connection))});
            take({check::kLogic, check::check_logic(scope(*connection))});
            take(reconcile());
        }
        finish();
        return failed_ == by_design_ ? Exit::Done : Exit::FaultsFound;
    }

  private:
    std::size_t listed() const {
        return static_cast<std::size_t>(context_.line.number("rows", kRowsListed));
    }

    bool is_quick() const { return context_.line.has("quick"); }

    std::unique_ptr<store::sql::Connection> side() const {
        return store::open_store(store::side_options(parts_.live, rehearsal_.side()))->connect();
    }
    check::Scope scope(store::sql::Connection& connection) {
        return {connection,
                context_.services.keys ? &*context_.services.keys : nullptr,
                module_.name,
                mappings_,
                rules_,
                &controls_,
                listed()};
    }
    // Checks 1 and 2, with a connection of their own.
    std::pair<Judged, Judged> check_rules() {
        const auto connection = side();
        const check::Scope over = scope(*connection);
        Judged format{check::kFormat, check::check_format(over)};
        return {std::move(format), {check::kLogic, check::check_logic(over)}};
    }

    Judged reconcile() {
        const auto store = store::open_store(store::side_options(parts_.live, rehearsal_.side()));
        ConfiguredSources sources(context_);
        reconcile::Parts parts{*store,
                               context_.services.keys ? &*context_.services.keys : nullptr,
                               &sources,
                               context_.services.clock,
                               context_.services.config.state_folder,
                               rehearsal_.number};
        parts.mappings = mappings_;
        parts.listed = std::max(parts.listed, listed());
        parts.begins = [this](const engine::Mapping& mapping) {
            context_.output.progress(
                migrate_text(context_, {"reconciling", {{"mapping", mapping.name}}}));
        };
        reconcile::Result result = reconcile::reconcile(
            parts, is_quick() ? reconcile::Mode::Quick : reconcile::Mode::Full);
        return {check::kReconciliation,
                std::move(result.verdicts),
                std::move(result.entries),
                is_quick()};
    }
    // A quick reconciliation that finds nothing is not checked: it was asked for.
    static bool is_by_design(const Judged& judged, const check::Verdict& verdict) {
        return judged.quick && verdict.outcome == ledger::Outcome::NotChecked &&
               verdict.figures.contains("quick");
    }
    bool json() const { return context_.line.has("json"); }

    void take(const Judged& judged) {
        if (context_.stop.stop_requested()) {
            throw base::Stopped();
        }
        freeze::record(parts_, *context_.services.project, rehearsal_, judged);
        for (const check::Verdict& verdict : judged.verdicts) {
            failed_ += verdict.outcome == ledger::Outcome::Pass ? 0 : 1;
            by_design_ += is_by_design(judged, verdict) ? 1 : 0;
            if (json()) {
                verdicts_.push_back(verdict_json(context_, verdict));
            }
        }
        if (!json()) {
            print_verdicts(context_, judged.check, judged.verdicts);
        }
    }

    void finish() {
        const std::string number = std::to_string(rehearsal_.number);
        if (json()) {
            context_.output.line(nlohmann::json{
                {"module", module_.name},
                {"rehearsal", rehearsal_.number},
                {"quick", is_quick()},
                {"not_passed", failed_},
                {"verdicts",
                 verdicts_}}.dump(2));
            return;
        }
        context_.output.line(migrate_text(
            context_,
            {failed_ == 0            ? "checked_all"
             : failed_ == by_design_ ? "checked_quick"
                                     : "checked_some",
             {{"module", module_.name}, {"number", number}, {"failed", std::to_string(failed_)}}}));
    }

    const CommandContext& context_;
    const project::Module& module_;
    const Rehearsal& rehearsal_;
    freeze::Parts parts_;
    std::vector<const engine::Mapping*> mappings_;
    std::vector<check::RuleSpec> rules_;
    SourceControls controls_;
    std::int64_t failed_ = 0;
    std::int64_t by_design_ = 0;  // of them
    nlohmann::json verdicts_ = nlohmann::json::array();
};

}  // namespace

Exit run_migrate_check(const CommandContext& context) {
    const project::Module* const module = module_of(context);
    if (module == nullptr) {
        return Exit::Usage;
    }
    return with_module_lease(context, module->name, [&](const rehearsal::Lease& lease) {
        const auto one = chosen_rehearsal(context, *context.services.store->connect());
        if (!one) {
            return Exit::Usage;
        }
        if (const ledger::Note why = why_not(context, *module, *one); !why.code.empty()) {
            context.output.error(freeze::text(context.line.option("language", "zh"), why));
            return Exit::Failed;
        }
        return Checks(context, *module, *one, lease).run();
    });
}

}  // namespace hrbridge::app
