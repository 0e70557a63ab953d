#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/command_migrate.h"
#include "daemon/app/migrate_output.h"
#include "daemon/app/module_lease.h"
#include "daemon/app/rehearsal_loader.h"
#include "daemon/app/sync_output.h"

namespace hrbridge::app {
namespace {

using rehearsal::Rehearsal;

void print_step(const CommandContext& context, const rehearsal::Step& step) {
    context.output.line(migrate_text(context,
                                     {step.done ? "step_done" : "step_failed",
                                      {{"step", step_text(context, step.kind, step.mapping)},
                                       {"rows", std::to_string(step.rows)},
                                       {"rejects", std::to_string(step.rejects)},
                                       {"seconds", seconds_text(step.microseconds)}}}));
}

void print_loaded(const CommandContext& context,
                  const project::Module& module,
                  const Rehearsal& done) {
    const double window = static_cast<double>(module.cut_over_ms) * 1000.0;
    const double share =
        window > 0 ? 100.0 * static_cast<double>(done.microseconds()) / window : 0.0;
    context.output.line(migrate_text(context,
                                     {"loaded",
                                      {{"rows", std::to_string(done.rows_stored())},
                                       {"rejects", std::to_string(done.rows_rejected())},
                                       {"seconds", seconds_text(done.microseconds())},
                                       {"share", fmt::format("{:.2f}", share)},
                                       {"root", done.content_root->hex()}}}));
    if (done.was_cut_off()) {
        context.output.line(migrate_text(context, {"loaded_cut_off"}));
    }
    context.output.line(migrate_text(
        context,
        {done.rows_rejected() > 0 ? "next_rejects" : "next_checks", {{"module", module.name}}}));
}

Exit exit_of(rehearsal::LoadOutcome outcome) {
    switch (outcome) {
        case rehearsal::LoadOutcome::Done:
            return Exit::Done;
        case rehearsal::LoadOutcome::Faults:
            return Exit::FaultsFound;
        case rehearsal::LoadOutcome::Stopped:
        case rehearsal::LoadOutcome::Failed:
            return Exit::Failed;
    }
    return Exit::Failed;
}

void print_report(const CommandContext& context,
                  const project::Module& module,
                  const rehearsal::Report& report) {
    if (report.result.outcome == rehearsal::LoadOutcome::Done) {
        print_loaded(context, module, report.rehearsal);
        return;
    }
    print_rest(report.result.notes, report.result.faults, report.result.error, context.output);
    context.output.error(migrate_text(
        context,
        {"stopped",
         {{"module", module.name}, {"number", std::to_string(report.rehearsal.number)}}}));
}

nlohmann::json report_json(const rehearsal::Report& report) {
    nlohmann::json out = rehearsal_json(report.rehearsal);
    out["resumed"] = report.resumed;
    out["done"] = report.result.outcome == rehearsal::LoadOutcome::Done;
    out["error"] = report.result.error;
    out["faults"] = faults_json(report.result.faults);
    return out;
}

Exit rehearse(const CommandContext& context,
              const project::Module& module,
              const rehearsal::Lease& lease) {
    Services& services = context.services;
    const bool json = context.line.has("json");
    RehearsalLoader loader(context);
    rehearsal::Parts parts{services.config.store,
                           services.ledger_keys ? &*services.ledger_keys : nullptr,
                           services.clock,
                           loader,
                           lease,
                           context.actor};
    bool told = false;
    parts.begins = [&](const Rehearsal& rehearsal, const rehearsal::Step& step) {
        if (!told && !json) {
            const bool first = step.kind == rehearsal::StepKind::Create && step.attempts == 1;
            context.output.line(migrate_text(
                context,
                {first ? "began" : "resumed",
                 {{"module", module.name}, {"number", std::to_string(rehearsal.number)}}}));
        }
        told = true;
        context.output.progress(step_text(context, step.kind, step.mapping));
    };
    parts.ended = [&](const Rehearsal&, const rehearsal::Step& step) {
        if (!json) {
            print_step(context, step);
        }
    };
    const rehearsal::Report report = rehearsal::Rehearser(std::move(parts))
                                         .run(*services.project,
                                              module,
                                              services.mappings,
                                              context.line.has("new"),
                                              context.stop);
    if (json) {
        context.output.line(report_json(report).dump(2));
    } else {
        print_report(context, module, report);
    }
    return exit_of(report.result.outcome);
}

}  // namespace

Exit run_rehearse(const CommandContext& context) {
    const project::Module* const module = module_of(context);
    if (module == nullptr) {
        return Exit::Usage;
    }
    return with_module_lease(context, module->name, [&](const rehearsal::Lease& lease) {
        return rehearse(context, *module, lease);
    });
}

Exit run_drop(const CommandContext& context) {
    const std::string& module = context.line.arguments.front();
    return with_module_lease(context, module, [&](const rehearsal::Lease& lease) {
        const auto connection = context.services.store->connect();
        const auto one = rehearsal_of(context, *connection, context.line.arguments.back());
        if (!one) {
            return Exit::Usage;
        }
        const std::string number = std::to_string(one->number);
        if (one->state == rehearsal::State::Dropped) {
            context.output.error(
                migrate_text(context, {"drop_twice", {{"module", module}, {"number", number}}}));
            return Exit::Usage;
        }
        if (!rehearsal::drop(context.services.config.store,
                             lease,
                             *one,
                             context.line.has("force"),
                             context.actor,
                             context.services.clock.now())) {
            context.output.error(
                migrate_text(context,
                             {"drop_refused",
                              {{"number", number}, {"state", state_text(context, one->state)}}}));
            return Exit::Failed;
        }
        context.output.line(
            migrate_text(context, {"dropped", {{"module", module}, {"number", number}}}));
        return Exit::Done;
    });
}

}  // namespace hrbridge::app
