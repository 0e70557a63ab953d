#include "daemon/app/spot_output.h"

#include <fmt/format.h>

#include "migration/sampling/tables.h"
#include "migration/spot_check/texts.h"

namespace hrbridge::app {
namespace {

using nlohmann::json;
using spot_check::Plan;
using spot_check::ResultOutcome;

constexpr double kPpmOfPercent = 10'000;

std::string percent(double share) {
    return fmt::format("{:.4g}", share * 100);
}

std::string ppm(std::int64_t parts) {
    return fmt::format("{}", static_cast<double>(parts) / kPpmOfPercent);
}

// Rows of the sample when so many decoys were missed; "–" where the plan then fails.
std::string grown(const Plan& plan, std::int64_t missed) {
    const auto& steps = plan.rule.steps;
    const auto& step = steps.at(static_cast<std::size_t>(plan.rule.planted - missed));
    return step.fails ? "–" : std::to_string(step.sample);
}

json tables_json(std::int64_t rows) {
    json aql = json::array();
    for (const sampling::Share& level : sampling::aqls()) {
        if (const auto plan = sampling::aql_plan(rows, level)) {
            aql.push_back({{"aql_percent", level.value() * 100},
                           {"letter", std::string(1, plan->letter)},
                           {"sample", plan->sample},
                           {"allowed", plan->allowed},
                           {"let_through", plan->let_through},
                           {"limiting_quality_percent", plan->limiting_quality * 100}});
        }
    }
    return aql;
}

void print_tables(const CommandContext& context, const Plan& plan) {
    const std::int64_t rows = plan.population();
    context.output.line(spot_text(context, {"plan_tables", {}}));
    for (const sampling::Share& level : sampling::aqls()) {
        if (const auto table = sampling::aql_plan(rows, level)) {
            context.output.line(spot_text(context,
                                          {"plan_aql",
                                           {{"aql", percent(level.value())},
                                            {"letter", std::string(1, table->letter)},
                                            {"sample", std::to_string(table->sample)},
                                            {"allowed", std::to_string(table->allowed)},
                                            {"through", std::to_string(table->let_through)},
                                            {"quality", percent(table->limiting_quality)}}}));
        }
    }
    const sampling::Share limit{plan.limit_ppm, 1'000'000};
    for (const std::int64_t allowed : {0, 1}) {
        if (const auto table = sampling::limiting_quality_plan(rows, limit, allowed)) {
            context.output.line(spot_text(context,
                                          {"plan_limiting",
                                           {{"quality", ppm(plan.limit_ppm)},
                                            {"sample", std::to_string(table->sample)},
                                            {"allowed", std::to_string(table->allowed)},
                                            {"risk", percent(table->risk)}}}));
        }
    }
}

}  // namespace

std::string spot_text(const CommandContext& context, const ledger::Note& note) {
    return spot_check::text(context.line.option("language", "zh"), note);
}

void print_plan(const CommandContext& context, const Plan& plan, std::int64_t must_check) {
    const auto say = [&](const ledger::Note& note) {
        context.output.line(spot_text(context, note));
    };
    say({"plan_population",
         {{"population", std::to_string(plan.population())},
          {"limit", ppm(plan.limit_ppm)},
          {"confidence", ppm(plan.confidence_ppm)}}});
    say({"plan_sample",
         {{"sample", std::to_string(plan.rule.first.sample)},
          {"plain", std::to_string(plan.rule.first.unstratified)},
          {"decoys", std::to_string(plan.rule.planted)},
          {"must", std::to_string(must_check)}}});
    say({"plan_growth",
         {{"all", grown(plan, 0)},
          {"one", grown(plan, 1)},
          {"largest", std::to_string(plan.rule.largest)},
          {"floor", percent(plan.rule.floor.value())}}});
    for (std::size_t h = 0; h < plan.strata.size(); ++h) {
        say({"plan_stratum",
             {{"stratum", plan.strata[h].name()},
              {"rows", std::to_string(plan.strata[h].rows)},
              {"sample", std::to_string(plan.rule.first.strata[h])}}});
    }
    print_tables(context, plan);
}

json plan_json(const Plan& plan, std::int64_t must_check) {
    json out = json::parse(to_json(plan));
    out["population"] = plan.population();
    out["must_check"] = must_check;
    out["aql"] = tables_json(plan.population());
    return out;
}

void print_progress(const CommandContext& context,
                    const spot_check::DrawRecord& draw,
                    spot_check::Sheet& sheet) {
    context.output.line(spot_text(
        context,
        {"progress",
         {{"draw", std::to_string(draw.number)},
          {"module", draw.module},
          {"rehearsal", std::to_string(draw.rehearsal)},
          {"state", spot_text(context, {"state_" + std::string(to_string(draw.state)), {}})},
          {"judged", std::to_string(sheet.judged())},
          {"rows", std::to_string(sheet.rows())},
          {"reveals", std::to_string(sheet.reveals())}}}));
}

void print_not_taken(const CommandContext& context, const base::Faults& faults) {
    context.output.error(
        spot_text(context, {"not_taken", {{"faults", std::to_string(faults.size())}}}));
    for (const base::Fault& fault : faults) {
        context.output.error(fault.where + ": " + fault.what);
    }
}

void print_result(const CommandContext& context,
                  const spot_check::DrawRecord& draw,
                  const ResultOutcome& result) {
    const auto say = [&](const ledger::Note& note) {
        context.output.line(spot_text(context, note));
    };
    const spot_check::Tally& tally = result.tally;
    const std::string found = std::to_string(tally.decoys_found);
    const std::string planted = std::to_string(draw.plan.rule.planted);
    if (!result.verdict) {
        return say(
            {"grown",
             {{"rows", std::to_string(result.added)}, {"found", found}, {"planted", planted}}});
    }
    const check::Verdict& verdict = *result.verdict;
    say({"result_" + std::string(ledger::to_string(verdict.outcome)),
         {{"sample", std::to_string(tally.checked)},
          {"wrong", std::to_string(tally.wrong)},
          {"extras", std::to_string(tally.extras_wrong)},
          {"beside", std::to_string(tally.beside)},
          {"population", std::to_string(draw.plan.population())},
          {"at_most", std::to_string(tally.wrong_at_most)},
          {"why", spot_text(context, verdict.why)},
          {"confidence", ppm(draw.plan.confidence_ppm)},
          {"joint", ppm(verdict.figures.at("joint_confidence_ppm"))}}});
    say({"result_checker",
         {{"found", found},
          {"planted", planted},
          {"low", percent(tally.sensitivity.low.value())},
          {"high", percent(tally.sensitivity.high.value())},
          {"hasty", std::to_string(tally.hasty)},
          {"overturned", std::to_string(tally.overturned)}}});
    for (const check::Located& row : verdict.where) {
        say({"result_row",
             {{"entity", row.entity},
              {"key", row.key},
              {"field", row.field},
              {"note", spot_text(context, row.note)}}});
    }
    if (!verdict.next.code.empty()) {
        say(verdict.next);
    }
}

json result_json(const spot_check::DrawRecord& draw, const ResultOutcome& result) {
    json out{{"draw", draw.number}, {"added", result.added}, {"done", result.verdict.has_value()}};
    if (result.verdict) {
        out["outcome"] = ledger::to_string(result.verdict->outcome);
        out["figures"] = result.verdict->figures;
        out["where"] = json::array();
        for (const check::Located& row : result.verdict->where) {
            out["where"].push_back({{"entity", row.entity},
                                    {"key", row.key},
                                    {"field", row.field},
                                    {"note", row.note.code}});
        }
    }
    return out;
}

}  // namespace hrbridge::app
