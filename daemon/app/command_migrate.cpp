#include "daemon/app/command_migrate.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/command_promote.h"
#include "daemon/app/command_report.h"
#include "daemon/app/command_sign.h"
#include "daemon/app/migrate_output.h"
#include "daemon/app/next_step.h"
#include "migration/promotion/last_promotion.h"

namespace hrbridge::app {
namespace {

using rehearsal::Rehearsal;

std::string percent(std::int64_t ppm) {
    return fmt::format("{}", static_cast<double>(ppm) / 10'000);
}

std::string duration(std::int64_t ms) {
    constexpr std::int64_t kHour = 3'600'000;
    constexpr std::int64_t kDay = 24 * kHour;
    if (ms % kDay == 0) {
        return fmt::format("{} d", ms / kDay);
    }
    return ms % kHour == 0 ? fmt::format("{} h", ms / kHour) : fmt::format("{} min", ms / 60'000);
}

// Until when the module's last promotion can be undone, as long as it can.
void print_promotion(const CommandContext& context,
                     const project::Module& module,
                     store::sql::Connection& live) {
    std::optional<promotion::Told> last;
    for (promotion::Told& each : promotion::told_promotions(live)) {
        if (each.module == module.name) {
            last = std::move(each);
        }
    }
    if (!last || last->undone) {
        return;
    }
    const base::Timestamp until{std::chrono::microseconds(last->body.rollback_until)};
    if (context.services.clock.now() <= until) {
        const base::Zone zone = zone_of(context.services);
        context.output.line(migrate_text(context,
                                         {"plan_promoted",
                                          {{"module", module.name},
                                           {"number", std::to_string(last->body.rehearsal)},
                                           {"at", zone.minute_text(last->at)},
                                           {"until", zone.minute_text(until)}}}));
    }
}

void print_module(const CommandContext& context,
                  const project::Module& module,
                  std::size_t place,
                  const std::vector<std::string>& parents,
                  const Rehearsal* newest,
                  store::sql::Connection& live) {
    const auto say = [&](const ledger::Note& note) {
        context.output.line(migrate_text(context, note));
    };
    const bool english = context.line.option("language", "zh") == "en";
    say({"plan_module",
         {{"place", std::to_string(place)},
          {"name", module.name},
          {"title", english ? module.title.en : module.title.zh}}});
    say({"plan_mappings", {{"mappings", fmt::format("{}", fmt::join(module.mappings, ", "))}}});
    if (!parents.empty()) {
        say({"plan_parents", {{"entities", fmt::format("{}", fmt::join(parents, ", "))}}});
    }
    say({"plan_sample",
         {{"limit", percent(module.limit_ppm)}, {"confidence", percent(module.confidence_ppm)}}});
    say({"plan_terms",
         {{"cut_over", duration(module.cut_over_ms)},
          {"rollback", duration(module.rollback_ms)},
          {"volume", percent(module.volume_ppm)}}});
    say({"plan_rules",
         {{"contracts", std::to_string(module.contracts.size())},
          {"totals", std::to_string(module.control_totals.size())},
          {"must", std::to_string(module.must_check.size())}}});
    if (newest != nullptr) {
        say({"plan_last",
             {{"number", std::to_string(newest->number)},
              {"state", state_text(context, newest->state)},
              {"rows", std::to_string(newest->rows_stored())},
              {"rejects", std::to_string(newest->rows_rejected())},
              {"seconds", seconds_text(newest->microseconds())}}});
    }
    print_promotion(context, module, live);
    say({"plan_next", {{"command", next_step(live, module, newest)}}});
}

nlohmann::json module_json(const project::Module& module,
                           const std::vector<std::string>& parents,
                           const Rehearsal* newest,
                           store::sql::Connection& live) {
    return {{"module", module.name},
            {"title", {{"zh", module.title.zh}, {"en", module.title.en}}},
            {"mappings", module.mappings},
            {"parents", parents},
            {"limit_ppm", module.limit_ppm},
            {"confidence_ppm", module.confidence_ppm},
            {"balance_tolerance", module.balance_tolerance.to_string()},
            {"volume_ppm", module.volume_ppm},
            {"cut_over_ms", module.cut_over_ms},
            {"rollback_ms", module.rollback_ms},
            {"contracts", module.contracts.size()},
            {"control_totals", module.control_totals.size()},
            {"must_check", module.must_check.size()},
            {"newest", newest == nullptr ? nlohmann::json() : rehearsal_json(*newest)},
            {"next", next_step(live, module, newest)}};
}

Exit plan(const CommandContext& context) {
    const project::Project& project = *context.services.project;
    const auto connection = context.services.store->connect();
    const auto entities = store::entity_tables(*connection);
    const bool json = context.line.has("json");
    if (!json) {
        context.output.line(migrate_text(context,
                                         {"plan_project",
                                          {{"project", project.name},
                                           {"file", project.file},
                                           {"hash", project.hash.substr(0, 16)}}}));
        if (!context.services.ledger_keys) {
            context.output.line(migrate_text(context, {"plan_unsealed"}));
        }
    }
    nlohmann::json modules = nlohmann::json::array();
    std::size_t place = 0;
    for (const project::Module& module : project.modules) {
        const auto all = rehearsal::list(*connection, module.name);
        const Rehearsal* const newest = all.empty() ? nullptr : &all.back();
        const auto parents = project::parents_of(module, context.services.mappings, entities);
        if (json) {
            modules.push_back(module_json(module, parents, newest, *connection));
        } else {
            print_module(context, module, ++place, parents, newest, *connection);
        }
    }
    if (json) {
        context.output.line(nlohmann::json{
            {"project", project.name},
            {"file", project.file},
            {"hash", project.hash},
            {"modules",
             modules}}.dump(2));
    }
    return Exit::Done;
}

Exit list(const CommandContext& context) {
    const std::string module = context.line.arguments.empty() ? "" : context.line.arguments.front();
    if (!module.empty() && module_of(context) == nullptr) {
        return Exit::Usage;
    }
    const auto connection = context.services.store->connect();
    const auto all = rehearsal::list(*connection, module);
    if (context.line.has("json")) {
        nlohmann::json out = nlohmann::json::array();
        for (const Rehearsal& each : all) {
            out.push_back(rehearsal_json(each));
        }
        context.output.line(out.dump(2));
        return Exit::Done;
    }
    if (all.empty()) {
        const std::string first =
            module.empty() ? context.services.project->modules.front().name : module;
        context.output.line(migrate_text(context, {"none_yet", {{"module", first}}}));
    }
    for (const Rehearsal& each : all) {
        context.output.line(
            migrate_text(context,
                         {"list_line",
                          {{"module", each.module},
                           {"number", std::to_string(each.number)},
                           {"state", state_text(context, each.state)},
                           {"started", zone_of(context.services).minute_text(each.started_at)},
                           {"rows", std::to_string(each.rows_stored())},
                           {"rejects", std::to_string(each.rows_rejected())},
                           {"seconds", seconds_text(each.microseconds())},
                           {"set", each.mapping_set.substr(0, 8)}}}));
    }
    return Exit::Done;
}

// Those that the command line names, else all that are loaded; empty with an error said.
std::vector<Rehearsal> chosen(const CommandContext& context, store::sql::Connection& connection) {
    const std::vector<std::string>& words = context.line.arguments;
    std::vector<Rehearsal> out;
    for (std::size_t i = 1; i < words.size(); ++i) {
        auto one = rehearsal_of(context, connection, words[i]);
        if (!one) {
            return {};
        }
        const bool again = std::any_of(out.begin(), out.end(), [&](const Rehearsal& each) {
            return each.number == one->number;
        });
        if (again) {
            context.output.error(migrate_text(context, {"compare_twice", {{"number", words[i]}}}));
            return {};
        }
        if (!one->is_loaded()) {
            context.output.error(
                migrate_text(context, {"compare_unloaded", {{"number", words[i]}}}));
            return {};
        }
        out.push_back(std::move(*one));
    }
    if (words.size() == 1) {
        for (Rehearsal& each : rehearsal::list(connection, words.front())) {
            if (each.is_loaded()) {
                out.push_back(std::move(each));
            }
        }
    }
    if (out.size() < 2) {
        context.output.error(migrate_text(context, {"compare_few", {{"module", words.front()}}}));
        return {};
    }
    return out;
}

Exit compare(const CommandContext& context) {
    const project::Module* const module = module_of(context);
    if (module == nullptr) {
        return Exit::Usage;
    }
    const auto connection = context.services.store->connect();
    const std::vector<Rehearsal> rehearsals = chosen(context, *connection);
    if (rehearsals.empty()) {
        return Exit::Usage;
    }
    const rehearsal::Comparison comparison = rehearsal::compare(rehearsals);
    if (context.line.has("json")) {
        context.output.line(comparison_json(module->name, comparison).dump(2));
    } else {
        print_comparison(context, module->name, comparison);
    }
    return Exit::Done;
}

// What people prove themselves for, and the report of it.
Exit run_signing(const CommandContext& context) {
    const std::string& command = context.line.command;
    return command == "migrate key"      ? run_keys(context)
           : command == "migrate sign"   ? run_sign(context)
           : command == "migrate accept" ? run_accept(context)
           : command == "migrate go"     ? run_go(context)
                                         : run_report(context);
}

}  // namespace

const project::Module* module_of(const CommandContext& context) {
    const project::Project& project = *context.services.project;
    const std::string& name = context.line.arguments.front();
    const project::Module* const module = project.find(name);
    if (module == nullptr) {
        std::string names;
        for (const project::Module& each : project.modules) {
            names += (names.empty() ? "" : ", ") + each.name;
        }
        context.output.error(migrate_text(
            context,
            {"no_module", {{"project", project.name}, {"module", name}, {"modules", names}}}));
    }
    return module;
}

std::optional<rehearsal::Rehearsal> rehearsal_of(const CommandContext& context,
                                                 store::sql::Connection& connection,
                                                 const std::string& number) {
    const std::string& module = context.line.arguments.front();
    auto found = rehearsal::find(connection, module, parse_number(number).value_or(0));
    if (!found) {
        context.output.error(
            migrate_text(context, {"no_rehearsal", {{"module", module}, {"number", number}}}));
    }
    return found;
}

std::optional<Rehearsal> chosen_rehearsal(const CommandContext& context,
                                          store::sql::Connection& connection) {
    const std::vector<std::string>& words = context.line.arguments;
    if (words.size() > 1) {
        return rehearsal_of(context, connection, words[1]);
    }
    std::optional<Rehearsal> newest;
    for (Rehearsal& each : rehearsal::list(connection, words.front())) {
        if (each.state != rehearsal::State::Dropped) {
            newest = std::move(each);
        }
    }
    if (!newest) {
        context.output.error(migrate_text(context, {"none_yet", {{"module", words.front()}}}));
    }
    return newest;
}

Exit run_migrate(const CommandContext& context) {
    if (context.line.command == "migrate key" || context.line.has("verify")) {
        return run_signing(context);
    }
    if (!context.services.project) {
        context.output.error(
            migrate_text(context, {"no_project", {{"file", context.services.config.file}}}));
        return Exit::Usage;
    }
    const std::string& command = context.line.command;
    if (command == "migrate sign" || command == "migrate accept" || command == "migrate go" ||
        command == "migrate report") {
        return run_signing(context);
    }
    if (command == "migrate draw" || command == "migrate sheet" || command == "migrate judge" ||
        command == "migrate result") {
        return run_spot_check(context);
    }
    return command == "migrate plan"       ? plan(context)
           : command == "migrate rehearse" ? run_rehearse(context)
           : command == "migrate list"     ? list(context)
           : command == "migrate compare"  ? compare(context)
           : command == "migrate check"    ? run_migrate_check(context)
           : command == "migrate freeze"   ? run_freeze(context)
           : command == "migrate promote"  ? run_promote(context)
           : command == "migrate rollback" ? run_rollback(context)
                                           : run_drop(context);
}

}  // namespace hrbridge::app
