#include "migration/spot_check/plan.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/base/error.h"
#include "daemon/base/row_hash.h"

namespace hrbridge::spot_check {
namespace {

using nlohmann::json;

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kSpareParts = 20;  // of the sample, one is spare
constexpr std::array<std::int64_t, 6> kDecoyNumbers{sampling::kDecoys, 40, 30, 25, 20, 15};

std::int64_t sum(const std::vector<std::int64_t>& numbers) {
    return std::accumulate(numbers.begin(), numbers.end(), std::int64_t{0});
}

std::vector<std::int64_t> rows_of(const std::vector<Stratum>& strata) {
    std::vector<std::int64_t> rows;
    for (const Stratum& stratum : strata) {
        rows.push_back(stratum.rows);
    }
    return rows;
}

// `most`: rows that are no decoys and need not be free for them.
std::vector<std::int64_t> reserve_of(const std::vector<std::int64_t>& rows,
                                     const sampling::GrowthRule& rule,
                                     std::int64_t most) {
    const std::int64_t first = rule.first.sample;
    const std::int64_t spare =
        std::max<std::int64_t>(std::ssize(rows), (first + kSpareParts - 1) / kSpareParts);
    const std::int64_t all = std::min(most, std::max(rule.largest, first) + spare);
    std::vector<std::int64_t> reserve = sampling::share_out(rows, all);
    for (std::size_t h = 0; h < reserve.size(); ++h) {
        reserve[h] -= rule.first.strata[h];
    }
    return reserve;
}

std::string too_few_outside(std::int64_t rows, std::int64_t sample, std::int64_t must_check) {
    return fmt::format(
        "{} rows are too few: the sample takes {}, {} must be checked in any case, and the decoys "
        "need rows beside them; state a higher limit for this module, or have two people check "
        "every row",
        rows,
        sample,
        must_check);
}

json share_json(const sampling::Share& share) {
    return {share.parts, share.of};
}

sampling::Share share_of(const json& pair) {
    return {pair.at(0).get<std::int64_t>(), pair.at(1).get<std::int64_t>()};
}

json steps_json(const std::vector<sampling::GrowthStep>& steps) {
    json out = json::array();
    for (const sampling::GrowthStep& step : steps) {
        out.push_back({{"found", step.found},
                       {"sensitivity", share_json(step.sensitivity)},
                       {"fails", step.fails},
                       {"sample", step.sample},
                       {"strata", step.strata}});
    }
    return out;
}

sampling::GrowthRule rule_of(const json& from) {
    sampling::GrowthRule rule;
    const json& first = from.at("first");
    rule.first = {first.at("rows"),
                  first.at("bad"),
                  first.at("allowed"),
                  first.at("unstratified"),
                  first.at("sample"),
                  first.at("strata"),
                  first.at("acceptance")};
    rule.planted = from.at("planted");
    rule.floor = share_of(from.at("floor"));
    rule.largest = from.at("largest");
    rule.joint_confidence = from.at("joint_confidence");
    for (const json& step : from.at("steps")) {
        rule.steps.push_back({step.at("found"),
                              share_of(step.at("sensitivity")),
                              step.at("fails"),
                              step.at("sample"),
                              step.at("strata")});
    }
    return rule;
}

json rule_json(const sampling::GrowthRule& rule) {
    return {{"first",
             {{"rows", rule.first.rows},
              {"bad", rule.first.bad},
              {"allowed", rule.first.allowed},
              {"unstratified", rule.first.unstratified},
              {"sample", rule.first.sample},
              {"strata", rule.first.strata},
              {"acceptance", rule.first.acceptance}}},
            {"planted", rule.planted},
            {"floor", share_json(rule.floor)},
            {"largest", rule.largest},
            {"joint_confidence", rule.joint_confidence},
            {"steps", steps_json(rule.steps)}};
}

}  // namespace

std::int64_t Plan::population() const {
    return sum(rows_of(strata));
}

std::int64_t Plan::reserve_rows() const {
    return sum(reserve);
}

std::vector<sampling::DrawStratum> Plan::to_draw() const {
    std::vector<sampling::DrawStratum> out;
    for (std::size_t h = 0; h < strata.size(); ++h) {
        out.push_back({strata[h].name(), strata[h].rows, rule.first.strata[h], reserve[h]});
    }
    return out;
}

base::Result<Plan> make_plan(std::vector<Stratum> strata,
                             std::int64_t limit_ppm,
                             std::int64_t confidence_ppm,
                             std::int64_t must_check) {
    const std::vector<std::int64_t> rows = rows_of(strata);
    const sampling::Share confidence{confidence_ppm, kMillion};
    const sampling::PlanRequest request{rows, {limit_ppm, kMillion}, confidence};
    std::optional<base::Fault> fault;
    for (const std::int64_t planted : kDecoyNumbers) {
        auto rule =
            sampling::fix_growth_rule(request, planted, sampling::kSensitivityFloor, confidence);
        if (!rule) {
            fault = fault ? fault : rule.fault();
            continue;
        }
        const std::int64_t outside = sum(rows) - must_check - rule->first.sample - planted;
        if (outside < 0) {
            fault =
                base::Fault{"decoys", too_few_outside(sum(rows), rule->first.sample, must_check)};
            continue;
        }
        const std::int64_t spare = std::min(outside, planted);
        Plan plan;
        plan.limit_ppm = limit_ppm;
        plan.confidence_ppm = confidence_ppm;
        plan.strata = std::move(strata);
        plan.rule = std::move(rule).value();
        plan.decoys_drawn = planted + spare;
        plan.reserve = reserve_of(rows, plan.rule, sum(rows) - must_check - plan.decoys_drawn);
        return plan;
    }
    return *fault;
}

std::string to_json(const Plan& plan) {
    json strata = json::array();
    for (const Stratum& stratum : plan.strata) {
        strata.push_back(
            {{"entity", stratum.entity}, {"mapping", stratum.mapping}, {"rows", stratum.rows}});
    }
    return json{{"limit_ppm", plan.limit_ppm},
                {"confidence_ppm", plan.confidence_ppm},
                {"strata", strata},
                {"reserve", plan.reserve},
                {"decoys_drawn", plan.decoys_drawn},
                {"rule", rule_json(plan.rule)}}
        .dump();
}

Plan plan_from_json(const std::string& text) {
    try {
        const json from = json::parse(text);
        Plan plan;
        plan.limit_ppm = from.at("limit_ppm");
        plan.confidence_ppm = from.at("confidence_ppm");
        for (const json& each : from.at("strata")) {
            plan.strata.push_back({each.at("entity"), each.at("mapping"), each.at("rows")});
        }
        plan.reserve = from.at("reserve").get<std::vector<std::int64_t>>();
        plan.decoys_drawn = from.at("decoys_drawn");
        plan.rule = rule_of(from.at("rule"));
        return plan;
    } catch (const json::exception&) {
        throw base::StoreError("spot_draw",
                               base::Remedy::Stop,
                               "the plan of a spot check was changed from outside; draw again");
    }
}

ledger::Digest growth_digest(const Plan& plan) {
    base::RowHasher cells;
    cells.add_text("hrbridge growth rule 1");
    cells.add_int(plan.rule.planted);
    cells.add_int(plan.rule.floor.parts);
    cells.add_int(plan.rule.floor.of);
    for (const sampling::GrowthStep& step : plan.rule.steps) {
        cells.add_int(step.found);
        cells.add_int(step.sensitivity.parts);
        cells.add_int(step.sensitivity.of);
        cells.add_bool(step.fails);
        for (const std::int64_t rows : step.strata) {
            cells.add_int(rows);
        }
    }
    return ledger::Digest::sha256_of(cells.canonical());
}

}  // namespace hrbridge::spot_check
