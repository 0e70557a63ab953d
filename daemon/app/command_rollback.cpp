#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/command_migrate.h"
#include "daemon/app/command_promote.h"
#include "migration/promotion/rollback.h"

namespace hrbridge::app {
namespace {

using promotion::Act;
using promotion::Conflict;
using promotion::RollbackResult;

constexpr std::size_t kKeysSaid = 10;

const char* act_word(Act act) {
    switch (act) {
        case Act::Inserted:
            return "inserted";
        case Act::Updated:
            return "updated";
        case Act::Confirmed:
            return "confirmed";
        case Act::Gone:
            return "gone";
    }
    return "";
}

nlohmann::json result_json(const CommandContext& context, const RollbackResult& result) {
    nlohmann::json refused = nlohmann::json::array();
    for (const ledger::Note& note : result.refused) {
        refused.push_back({{"code", note.code}, {"says", promotion_text(context, note)}});
    }
    nlohmann::json conflicts = nlohmann::json::array();
    for (const Conflict& each : result.conflicts) {
        conflicts.push_back({{"entity", each.entity},
                             {"row", each.row},
                             {"key", each.key},
                             {"act", act_word(each.act)},
                             {"beside_syncs", each.beside}});
    }
    nlohmann::json entities = nlohmann::json::array();
    for (const promotion::RolledBack& each : result.entities) {
        entities.push_back({{"entity", each.entity},
                            {"restored", each.restored},
                            {"deleted", each.deleted},
                            {"stays", each.stays},
                            {"gone", each.gone},
                            {"kept", each.kept},
                            {"kept_keys", each.kept_keys}});
    }
    nlohmann::json out{{"rehearsal", result.rehearsal},
                       {"refused", std::move(refused)},
                       {"conflicts", std::move(conflicts)},
                       {"conflicting", result.conflicting},
                       {"entities", std::move(entities)}};
    if (result.entry != 0) {
        out["entry"] = result.entry;
        out["content_root"] = result.content_root.hex();
    }
    return out;
}

// In the form in which --decide reads them.
void print_conflict(const CommandContext& context, const Conflict& conflict) {
    context.output.line(promotion_text(
        context,
        {"conflict_line",
         {{"entity", conflict.entity},
          {"row", std::to_string(conflict.row)},
          {"key", conflict.key},
          {"act", promotion_text(context, {fmt::format("act_{}", act_word(conflict.act))})},
          {"how", promotion_text(context, {conflict.beside ? "how_beside" : "how_sync"})}}}));
}

void print_entity(const CommandContext& context, const promotion::RolledBack& each) {
    context.output.line(promotion_text(context,
                                       {"rolled_line",
                                        {{"entity", each.entity},
                                         {"restored", std::to_string(each.restored)},
                                         {"deleted", std::to_string(each.deleted)},
                                         {"stays", std::to_string(each.stays)},
                                         {"gone", std::to_string(each.gone)}}}));
    if (each.kept == 0) {
        return;
    }
    std::string keys;
    for (std::size_t i = 0; i < each.kept_keys.size() && i < kKeysSaid; ++i) {
        keys += (i == 0 ? "" : ", ") + each.kept_keys[i];
    }
    if (each.kept > static_cast<std::int64_t>(kKeysSaid)) {
        keys = promotion_text(context, {"kept_more", {{"keys", keys}}});
    }
    context.output.line(promotion_text(
        context,
        {"kept_line",
         {{"entity", each.entity}, {"rows", std::to_string(each.kept)}, {"keys", keys}}}));
}

Exit say(const CommandContext& context, const std::string& module, const RollbackResult& result) {
    const Exit exit = result.refused.empty() ? Exit::Done : Exit::FaultsFound;
    if (context.line.has("json")) {
        context.output.line(result_json(context, result).dump(2));
        return exit;
    }
    for (const Conflict& each : result.conflicts) {
        print_conflict(context, each);
    }
    const auto line = [&](const char* code) {
        context.output.line(
            promotion_text(context,
                           {code,
                            {{"module", module},
                             {"number", std::to_string(result.rehearsal)},
                             {"entry", std::to_string(result.entry)},
                             {"at", zone_of(context.services).minute_text(result.promoted_at)}}}));
    };
    if (exit != Exit::Done) {
        // Beside the conflicts, which go into a file as they are.
        context.output.error(promotion_text(context, {"rolled_refused", {{"module", module}}}));
        for (const ledger::Note& note : result.refused) {
            context.output.error("  " + promotion_text(context, note));
        }
        return exit;
    }
    line(result.entry == 0 ? "rolled_preview" : "rolled_head");
    for (const promotion::RolledBack& each : result.entities) {
        print_entity(context, each);
    }
    if (result.entry != 0) {
        line("rolled_next");
    }
    return exit;
}

}  // namespace

Exit run_rollback(const CommandContext& context) {
    const project::Module* const module = module_of(context);
    if (module == nullptr) {
        return Exit::Usage;
    }
    const promotion::DecisionsRead read = promotion::read_decisions(context.input);
    if (!read.faults.empty()) {
        for (const ledger::Note& fault : read.faults) {
            context.output.error(fmt::format(
                "{}: {}", context.line.option("decide"), promotion_text(context, fault)));
        }
        return Exit::Usage;
    }
    const bool dry = context.line.has("dry-run");
    const auto names = promotion::rollback_leases(*context.services.store->connect(), module->name);
    return with_leases(context, module->name, names, [&](const auto& leases) {
        return say(context,
                   module->name,
                   promotion::roll_back(
                       promotion_parts(context, leases), module->name, read.decisions, dry));
    });
}

}  // namespace hrbridge::app
