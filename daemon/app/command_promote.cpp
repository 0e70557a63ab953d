#include "daemon/app/command_promote.h"

#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "daemon/app/command_migrate.h"
#include "daemon/base/error.h"
#include "daemon/jobs/lease_keeper.h"
#include "daemon/store/side_store.h"
#include "migration/promotion/texts.h"
#include "migration/sign_off/standing.h"
#include "migration/sign_off/texts.h"

namespace hrbridge::app {
namespace {

using promotion::Gate;
using promotion::Result;

std::string number_text(std::int64_t number) {
    return std::to_string(number);
}

// The one that the command line names, or the newest that is frozen; nullopt with an error said.
std::optional<rehearsal::Rehearsal> chosen(const CommandContext& context,
                                           store::sql::Connection& live,
                                           const project::Module& module) {
    if (context.line.arguments.size() > 1) {
        return rehearsal_of(context, live, context.line.arguments[1]);
    }
    std::optional<rehearsal::Rehearsal> newest;
    for (rehearsal::Rehearsal& each : rehearsal::list(live, module.name)) {
        if (each.state == rehearsal::State::Frozen) {
            newest = std::move(each);
        }
    }
    if (!newest) {
        context.output.error(promotion_text(context, {"not_frozen", {{"module", module.name}}}));
    }
    return newest;
}

// What the signatures say now, computed anew.
Gate gate_of(const CommandContext& context,
             const project::Module& module,
             const rehearsal::Rehearsal& rehearsal) {
    Services& services = context.services;
    const auto live = services.store->connect();
    const auto side =
        store::open_store(store::side_options(services.config.store, rehearsal.side()))->connect();
    const auto keys = services.ledger_keys ? services.ledger_keys->public_keys()
                                           : std::vector<ledger::PublicKey>();
    const sign_off::Standing standing = sign_off::standing(
        {*live, *side, rehearsal, *services.project, module, services.mappings, keys});
    Gate gate;
    gate.stands = standing.stands();
    gate.content = standing.content.digest;
    gate.head = standing.head;
    gate.accounts = standing.accounts();
    for (const ledger::Note& note : standing.obstacles()) {
        gate.obstacles.push_back(sign_off::text(context.line.option("language", "zh"), note));
    }
    return gate;
}

nlohmann::json result_json(const CommandContext& context, const Gate& gate, const Result& result) {
    nlohmann::json go = nlohmann::json::array();
    for (const promotion::GoItem& item : result.go) {
        go.push_back({{"go", item.go},
                      {"item", item.note.code},
                      {"says", promotion_text(context, item.note)}});
    }
    nlohmann::json refused = nlohmann::json::array();
    for (const ledger::Note& note : result.refused) {
        refused.push_back({{"code", note.code}, {"says", promotion_text(context, note)}});
    }
    nlohmann::json entities = nlohmann::json::array();
    for (const promotion::EntityCount& each : result.entities) {
        entities.push_back({{"entity", each.entity},
                            {"inserted", each.inserted},
                            {"updated", each.updated},
                            {"confirmed", each.confirmed},
                            {"gone", each.gone},
                            {"unchanged", each.unchanged},
                            {"newer", each.newer}});
    }
    nlohmann::json out{{"go", std::move(go)},
                       {"refused", std::move(refused)},
                       {"people", gate.obstacles},
                       {"entities", std::move(entities)},
                       {"rejects", result.rejects}};
    if (result.entry != 0) {
        out["entry"] = result.entry;
        out["content_root"] = result.content_root.hex();
        out["rollback_until"] = base::to_string(result.rollback_until);
    }
    return out;
}

void print_go(const CommandContext& context, const Gate& gate, const Result& result) {
    for (const promotion::GoItem& item : result.go) {
        context.output.line(promotion_text(
            context,
            {item.go ? "go_line" : "no_line", {{"what", promotion_text(context, item.note)}}}));
        if (item.note.code == "no_signatures") {
            for (const std::string& obstacle : gate.obstacles) {
                context.output.line(promotion_text(context, {"people_line", {{"what", obstacle}}}));
            }
        }
    }
}

void print_counts(const CommandContext& context, const Result& result) {
    for (const promotion::EntityCount& each : result.entities) {
        context.output.line(
            promotion_text(context,
                           {"count_line",
                            {{"entity", each.entity},
                             {"inserted", number_text(each.inserted)},
                             {"updated", number_text(each.updated)},
                             {"gone", number_text(each.gone)},
                             {"unchanged", number_text(each.unchanged + each.confirmed)}}}));
        if (each.newer > 0) {
            context.output.line(promotion_text(
                context,
                {"newer_line", {{"entity", each.entity}, {"rows", number_text(each.newer)}}}));
        }
    }
    if (!result.entities.empty()) {
        context.output.line(
            promotion_text(context, {"rejects_line", {{"rows", number_text(result.rejects)}}}));
    }
}

Exit say(const CommandContext& context,
         const rehearsal::Rehearsal& one,
         const Gate& gate,
         const Result& result) {
    const Exit exit = result.refused.empty() ? Exit::Done : Exit::FaultsFound;
    if (context.line.has("json")) {
        context.output.line(result_json(context, gate, result).dump(2));
        return exit;
    }
    const auto line = [&](const char* code) {
        context.output.line(promotion_text(
            context,
            {code,
             {{"module", one.module},
              {"number", number_text(one.number)},
              {"entry", number_text(result.entry)},
              {"root", result.content_root.hex()},
              {"until", zone_of(context.services).minute_text(result.rollback_until)}}}));
    };
    print_go(context, gate, result);
    if (exit != Exit::Done) {
        line("refused_head");
        for (const ledger::Note& note : result.refused) {
            context.output.error("  " + promotion_text(context, note));
        }
        return exit;
    }
    line(result.entry == 0 ? "preview_head" : "promoted_head");
    print_counts(context, result);
    if (result.entry == 0) {
        line("preview_next");
    } else {
        line("until_line");
        line("next_sync");
    }
    return exit;
}

}  // namespace

std::string promotion_text(const CommandContext& context, const ledger::Note& note) {
    return promotion::text(context.line.option("language", "zh"), note);
}

Exit with_leases(const CommandContext& context,
                 const std::string& module,
                 const std::vector<std::string>& names,
                 const std::function<Exit(const std::vector<rehearsal::Lease>&)>& work) {
    Services& services = context.services;
    std::vector<std::unique_ptr<jobs::LeaseKeeper>> keepers;
    std::vector<rehearsal::Lease> leases;
    try {
        for (const std::string& name : names) {
            keepers.push_back(std::make_unique<jobs::LeaseKeeper>(
                jobs::LeaseKeeper::Parts{*services.store, services.clock, services.log}, name));
            leases.push_back({name, keepers.back()->token()});
        }
        return work(leases);
    } catch (const base::LeaseHeld& held) {
        context.output.error(
            promotion_text(context, {"sync_busy", {{"module", module}, {"why", held.what()}}}));
        return Exit::Failed;
    }
}

promotion::Parts promotion_parts(const CommandContext& context,
                                 std::vector<rehearsal::Lease> leases) {
    Services& services = context.services;
    return {services.config.store,
            services.ledger_keys ? &*services.ledger_keys : nullptr,
            services.clock,
            std::move(leases),
            context.actor,
            [&context](const ledger::Note& note) {
                context.output.progress(promotion_text(context, note));
            },
            zone_of(services)};
}

Exit run_promote(const CommandContext& context) {
    const project::Module* const module = module_of(context);
    if (module == nullptr) {
        return Exit::Usage;
    }
    const auto live = context.services.store->connect();
    const auto one = chosen(context, *live, *module);
    if (!one) {
        return Exit::Usage;
    }
    if (!store::upgrade_side(context.services.config.store, one->side())) {
        context.output.error(promotion_text(
            context,
            {"side_gone", {{"module", one->module}, {"number", number_text(one->number)}}}));
        return Exit::Failed;
    }
    const auto& mappings = context.services.mappings;
    const auto parts = [&](const std::vector<rehearsal::Lease>& leases) {
        promotion::Parts out = promotion_parts(context, leases);
        out.accept_newer = context.line.number("accept-newer", 0);
        return out;
    };
    if (context.line.has("dry-run")) {
        const Gate gate = gate_of(context, *module, *one);
        return say(
            context, *one, gate, promotion::preview(parts({}), *module, mappings, *one, gate));
    }
    return with_leases(context,
                       module->name,
                       promotion::lease_names(*module),
                       [&](const std::vector<rehearsal::Lease>& leases) {
                           const Gate gate = gate_of(context, *module, *one);
                           return say(
                               context,
                               *one,
                               gate,
                               promotion::promote(parts(leases), *module, mappings, *one, gate));
                       });
}

}  // namespace hrbridge::app
