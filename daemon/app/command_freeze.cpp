#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/command_migrate.h"
#include "daemon/app/migrate_output.h"
#include "daemon/app/module_lease.h"
#include "migration/freeze/freeze.h"
#include "migration/freeze/texts.h"

namespace hrbridge::app {
namespace {

nlohmann::json frozen_json(const freeze::Frozen& frozen) {
    nlohmann::json entities = nlohmann::json::array();
    for (const rehearsal::EntityContent& each : frozen.entities) {
        entities.push_back(
            {{"entity", each.entity}, {"rows", each.rows}, {"root", each.root.hex()}});
    }
    return {{"module", frozen.module},
            {"rehearsal", frozen.rehearsal},
            {"at", base::to_string(frozen.at)},
            {"plan", frozen.plan.hex()},
            {"mappings", frozen.mappings.hex()},
            {"content_root", frozen.content_root.hex()},
            {"verdicts", frozen.verdicts.hex()},
            {"entities", entities},
            {"ledger_sequence", frozen.sequence},
            {"ledger_hash", frozen.hash.hex()}};
}

void print(const CommandContext& context, const freeze::Outcome& outcome) {
    const freeze::Frozen& frozen = *outcome.frozen;
    if (context.line.has("json")) {
        nlohmann::json out = frozen_json(frozen);
        out["not_passed"] = outcome.failed;
        context.output.line(out.dump(2));
        return;
    }
    const std::string number = std::to_string(frozen.rehearsal);
    context.output.line(migrate_text(context,
                                     {"frozen",
                                      {{"module", frozen.module},
                                       {"number", number},
                                       {"rows", std::to_string(frozen.rows())},
                                       {"root", frozen.content_root.hex()},
                                       {"entry", std::to_string(frozen.sequence)},
                                       {"hash", frozen.hash.hex()}}}));
    if (outcome.failed > 0) {
        context.output.line(
            migrate_text(context, {"frozen_failed", {{"failed", std::to_string(outcome.failed)}}}));
    }
    if (!context.services.ledger_keys) {
        context.output.line(migrate_text(context, {"plan_unsealed"}));
    }
    context.output.line(
        migrate_text(context, {"next_draw", {{"module", frozen.module}, {"number", number}}}));
}

}  // namespace

Exit run_freeze(const CommandContext& context) {
    const project::Module* const module = module_of(context);
    if (module == nullptr) {
        return Exit::Usage;
    }
    Services& services = context.services;
    return with_module_lease(context, module->name, [&](const rehearsal::Lease& lease) {
        const auto one = chosen_rehearsal(context, *services.store->connect());
        if (!one) {
            return Exit::Usage;
        }
        const freeze::Outcome outcome =
            freeze::freeze({services.config.store,
                            services.ledger_keys ? &*services.ledger_keys : nullptr,
                            services.clock,
                            lease,
                            context.actor},
                           *services.project,
                           *module,
                           services.mappings,
                           one->number);
        for (const ledger::Note& note : outcome.refused) {
            context.output.error(freeze::text(context.line.option("language", "zh"), note));
        }
        if (!outcome.frozen) {
            return Exit::Failed;
        }
        print(context, outcome);
        return Exit::Done;
    });
}

}  // namespace hrbridge::app
