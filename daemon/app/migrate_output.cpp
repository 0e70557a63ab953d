#include "daemon/app/migrate_output.h"

#include <functional>

#include <fmt/format.h>

#include "migration/rehearsal/texts.h"

namespace hrbridge::app {
namespace {

using Json = nlohmann::json;
using rehearsal::Series;

std::string arrows(const Series& series, const std::function<std::string(std::int64_t)>& one) {
    std::string text;
    for (const auto& value : series) {
        text += fmt::format("{}{}", text.empty() ? "" : " → ", value ? one(*value) : "–");
    }
    return text;
}

std::string counts(const Series& series) {
    return arrows(series, [](std::int64_t value) { return std::to_string(value); });
}

std::string times(const Series& series) {
    return arrows(series, seconds_text);
}

Json series_json(const Series& series) {
    Json all = Json::array();
    for (const auto& value : series) {
        all.push_back(value ? Json(*value) : Json());
    }
    return all;
}

std::string numbers_text(const std::vector<std::int64_t>& numbers) {
    return fmt::format("{}", fmt::join(numbers, ", "));
}

std::vector<std::int64_t> numbers_at(const rehearsal::Comparison& comparison,
                                     const std::vector<std::size_t>& places) {
    std::vector<std::int64_t> numbers;
    for (const std::size_t place : places) {
        numbers.push_back(comparison.numbers[place]);
    }
    return numbers;
}

Json steps_json(const rehearsal::Rehearsal& rehearsal) {
    Json all = Json::array();
    for (const rehearsal::Step& step : rehearsal.steps) {
        all.push_back({{"step", std::string(to_string(step.kind))},
                       {"mapping", step.mapping},
                       {"done", step.done},
                       {"attempts", step.attempts},
                       {"cut_off", step.attempts - step.ended},
                       {"microseconds", step.microseconds},
                       {"rows", step.rows},
                       {"rejects", step.rejects},
                       {"problem", step.problem}});
    }
    return all;
}

Json mappings_json(const rehearsal::Rehearsal& rehearsal) {
    Json all = Json::array();
    for (const rehearsal::MappingCount& mapping : rehearsal.mappings) {
        all.push_back({{"mapping", mapping.mapping},
                       {"hash", mapping.hash},
                       {"entity", mapping.entity},
                       {"read", mapping.read},
                       {"stored", mapping.stored},
                       {"rejected", mapping.rejected},
                       {"held", mapping.held}});
    }
    return all;
}

Json rejects_json(const rehearsal::Rehearsal& rehearsal) {
    Json all = Json::array();
    for (const rehearsal::RuleCount& rule : rehearsal.rejects) {
        all.push_back({{"mapping", rule.mapping},
                       {"kind", rule.kind},
                       {"rule", rule.rule},
                       {"rows", rule.rows}});
    }
    return all;
}

void print_rules(const CommandContext& context, const rehearsal::Comparison& comparison) {
    context.output.line(
        migrate_text(context, {comparison.rules.empty() ? "compare_no_rules" : "compare_rules"}));
    for (const rehearsal::RuleTrend& rule : comparison.rules) {
        context.output.line(migrate_text(context,
                                         {"compare_rule",
                                          {{"mapping", rule.mapping},
                                           {"rule", rule.rule},
                                           {"kind", migrate_text(context, {"kind_" + rule.kind})},
                                           {"rows", counts(rule.rows)}}}));
    }
}

void print_steps(const CommandContext& context, const rehearsal::Comparison& comparison) {
    context.output.line(migrate_text(context, {"compare_steps"}));
    for (const rehearsal::StepTrend& step : comparison.steps) {
        context.output.line(migrate_text(context,
                                         {"compare_step",
                                          {{"step", step_text(context, step.kind, step.mapping)},
                                           {"seconds", times(step.microseconds)}}}));
    }
    context.output.line(
        migrate_text(context, {"compare_total", {{"seconds", times(comparison.microseconds)}}}));
}

}  // namespace

std::string migrate_text(const CommandContext& context, const ledger::Note& note) {
    return rehearsal::text(context.line.option("language", "zh"), note);
}

std::string step_text(const CommandContext& context,
                      rehearsal::StepKind kind,
                      const std::string& mapping) {
    return migrate_text(context, {"step_" + std::string(to_string(kind)), {{"mapping", mapping}}});
}

std::string state_text(const CommandContext& context, rehearsal::State state) {
    return migrate_text(context, {"state_" + std::string(to_string(state))});
}

std::string seconds_text(std::int64_t microseconds) {
    return fmt::format("{:.1f}", static_cast<double>(microseconds) / 1e6);
}

Json rehearsal_json(const rehearsal::Rehearsal& rehearsal) {
    return {
        {"module", rehearsal.module},
        {"number", rehearsal.number},
        {"project", rehearsal.project},
        {"plan_hash", rehearsal.plan_hash},
        {"mapping_set", rehearsal.mapping_set},
        {"state", std::string(to_string(rehearsal.state))},
        {"actor", rehearsal.actor},
        {"started_at", base::to_string(rehearsal.started_at)},
        {"loaded_at", rehearsal.loaded_at ? Json(base::to_string(*rehearsal.loaded_at)) : Json()},
        {"content_root", rehearsal.content_root ? Json(rehearsal.content_root->hex()) : Json()},
        {"stored", rehearsal.rows_stored()},
        {"not_stored", rehearsal.rows_rejected()},
        {"microseconds", rehearsal.microseconds()},
        {"cut_off", rehearsal.was_cut_off()},
        {"steps", steps_json(rehearsal)},
        {"mappings", mappings_json(rehearsal)},
        {"rejects", rejects_json(rehearsal)}};
}

Json comparison_json(const std::string& module, const rehearsal::Comparison& comparison) {
    Json mappings = Json::array();
    for (const rehearsal::MappingTrend& each : comparison.mappings) {
        mappings.push_back({{"mapping", each.mapping},
                            {"read", series_json(each.read)},
                            {"stored", series_json(each.stored)},
                            {"rejected", series_json(each.rejected)},
                            {"held", series_json(each.held)},
                            {"changed_at", numbers_at(comparison, each.changed_at)}});
    }
    Json rules = Json::array();
    for (const rehearsal::RuleTrend& each : comparison.rules) {
        rules.push_back({{"mapping", each.mapping},
                         {"kind", each.kind},
                         {"rule", each.rule},
                         {"rows", series_json(each.rows)}});
    }
    Json steps = Json::array();
    for (const rehearsal::StepTrend& each : comparison.steps) {
        steps.push_back({{"step", std::string(to_string(each.kind))},
                         {"mapping", each.mapping},
                         {"microseconds", series_json(each.microseconds)}});
    }
    return {{"module", module},
            {"numbers", comparison.numbers},
            {"mappings", mappings},
            {"rules", rules},
            {"steps", steps},
            {"microseconds", series_json(comparison.microseconds)}};
}

void print_comparison(const CommandContext& context,
                      const std::string& module,
                      const rehearsal::Comparison& comparison) {
    context.output.line(migrate_text(
        context,
        {"compare_head", {{"module", module}, {"numbers", numbers_text(comparison.numbers)}}}));
    for (const rehearsal::MappingTrend& each : comparison.mappings) {
        context.output.line(migrate_text(context,
                                         {"compare_mapping",
                                          {{"mapping", each.mapping},
                                           {"read", counts(each.read)},
                                           {"stored", counts(each.stored)},
                                           {"rejected", counts(each.rejected)},
                                           {"held", counts(each.held)}}}));
        if (!each.changed_at.empty()) {
            context.output.line(migrate_text(
                context,
                {"compare_changed",
                 {{"numbers", numbers_text(numbers_at(comparison, each.changed_at))}}}));
        }
    }
    print_rules(context, comparison);
    print_steps(context, comparison);
}

}  // namespace hrbridge::app
