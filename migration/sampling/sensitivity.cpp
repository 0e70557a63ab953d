#include "migration/sampling/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/distributions/binomial.hpp>
#include <fmt/core.h>

namespace hrbridge::sampling {
namespace {

using Binomial = boost::math::binomial_distribution<double>;

constexpr std::int64_t kSteps = 10'000;
constexpr std::int64_t kMostDecoys = 1'000;
// Far above the error of the quantiles, far below a step.
constexpr double kQuantileError = 1e-9;
constexpr double kUsualSensitivity = 0.95;
constexpr double kUsualRisk = 0.05;
constexpr std::int64_t kFewestTried = 10;
constexpr std::int64_t kMostTried = 200;
// Of 200 decoys, 19 of 20 found, more are missed with a chance below 10^-9.
constexpr std::int64_t kMostMissed = 40;

double low_end(std::int64_t found, std::int64_t planted, double risk) {
    return Binomial::find_lower_bound_on_p(
        static_cast<double>(planted), static_cast<double>(found), risk / 2);
}

double high_end(std::int64_t found, std::int64_t planted, double risk) {
    return Binomial::find_upper_bound_on_p(
        static_cast<double>(planted), static_cast<double>(found), risk / 2);
}

// Decoys and grown sample of a checker of the usual sensitivity.
double expected_rows(std::int64_t sample, std::int64_t planted) {
    const Binomial finds(static_cast<double>(planted), kUsualSensitivity);
    auto rows = static_cast<double>(planted);
    for (std::int64_t found = std::max<std::int64_t>(1, planted - kMostMissed); found <= planted;
         ++found) {
        rows += boost::math::pdf(finds, static_cast<double>(found)) * static_cast<double>(sample) /
                low_end(found, planted, kUsualRisk);
    }
    return rows;
}

Share in_steps(double steps) {
    return {std::clamp<std::int64_t>(static_cast<std::int64_t>(steps), 0, kSteps), kSteps};
}

// `before` is the step of one decoy more; the sample is nearly inverse to the sensitivity.
std::int64_t guess_from(const GrowthStep& before, Share sensitivity) {
    return static_cast<std::int64_t>(static_cast<double>(before.sample) *
                                     before.sensitivity.value() / sensitivity.value());
}

GrowthStep step_of(const PlanRequest& request,
                   const GrowthStep& before,
                   std::int64_t found,
                   Share sensitivity,
                   Share floor) {
    GrowthStep step{found, sensitivity, true, 0, {}};
    if (sensitivity < floor || sensitivity.parts == 0) {
        return step;
    }
    PlanRequest grown = request;
    grown.sensitivity = sensitivity;
    if (auto plan = make_plan(grown, guess_from(before, sensitivity))) {
        step.fails = false;
        step.sample = plan->sample;
        step.strata = plan->strata;
    }
    return step;
}

base::Fault too_few_outside(const Plan& first, std::int64_t planted) {
    return {"decoys",
            fmt::format("only {} of {} rows are outside the first sample, too few for {} decoys; "
                        "plant fewer, or have two people check all rows",
                        first.rows - first.sample,
                        first.rows,
                        planted)};
}

base::Fault never_passes(const GrowthStep& best) {
    return {"decoys",
            fmt::format("even a checker who finds all {} decoys is known to find only {:.2f} % of "
                        "what is wrong, which is too few for this plan; plant more decoys or set a "
                        "higher limit",
                        best.found,
                        best.sensitivity.value() * 100)};
}

}  // namespace

Interval sensitivity_interval(std::int64_t found, std::int64_t planted, Share confidence) {
    const double risk = confidence.rest().value();
    const double low = found == 0 ? 0 : low_end(found, planted, risk);
    const double high = found == planted ? 1 : high_end(found, planted, risk);
    return {in_steps(std::floor((low - kQuantileError) * kSteps)),
            in_steps(std::ceil((high + kQuantileError) * kSteps))};
}

std::int64_t decoys_worth_planting(std::int64_t sample) {
    std::int64_t best = kFewestTried;
    double fewest = std::numeric_limits<double>::infinity();
    for (std::int64_t planted = kFewestTried; planted <= kMostTried; ++planted) {
        const double rows = expected_rows(sample, planted);
        if (rows < fewest) {
            fewest = rows;
            best = planted;
        }
    }
    return best;
}

base::Result<GrowthRule> fix_growth_rule(const PlanRequest& request,
                                         std::int64_t planted,
                                         Share floor,
                                         Share confidence) {
    PlanRequest perfect = request;
    perfect.sensitivity = {1, 1};
    const auto first = make_plan(perfect);
    if (!first) {
        return first.fault();
    }
    if (planted < 1 || planted > kMostDecoys) {
        return base::Fault{"decoys", "plant 1 to 1,000 decoys"};
    }
    if (!(Share{0, 1} < confidence) || !(confidence < Share{1, 1})) {
        return base::Fault{"decoys", "write a confidence between 0 % and 100 %, such as 95 %"};
    }
    if (first->rows - first->sample < planted) {
        return too_few_outside(*first, planted);
    }
    GrowthRule rule{*first, planted, floor, {}, first->sample, 0};
    GrowthStep before{planted + 1, {1, 1}, false, first->sample, {}};
    for (std::int64_t found = planted; found >= 0; --found) {
        const Share low = sensitivity_interval(found, planted, confidence).low;
        before = step_of(request, before, found, low, floor);
        rule.largest = std::max(rule.largest, before.sample);
        rule.steps.push_back(before);
    }
    std::reverse(rule.steps.begin(), rule.steps.end());
    if (rule.steps.back().fails) {
        return never_passes(rule.steps.back());
    }
    rule.joint_confidence = joint_confidence(request.confidence, confidence);
    return rule;
}

double joint_confidence(Share draw, Share sensitivity) {
    return draw.value() - sensitivity.rest().value() / 2;
}

}  // namespace hrbridge::sampling
