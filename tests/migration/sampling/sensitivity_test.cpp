#include "migration/sampling/sensitivity.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "migration/sampling/size.h"

namespace hrbridge::sampling {
namespace {

constexpr Share kConfidence{95, 100};

double real(std::int64_t number) {
    return static_cast<double>(number);
}

// P(found >= count), exactly enough: the complement of at most count - 1.
double at_least(std::int64_t count, std::int64_t planted, double sensitivity) {
    if (count == 0) {
        return 1;
    }
    double sum = 0;
    for (std::int64_t y = 0; y < count; ++y) {
        const double chance =
            std::exp(std::lgamma(real(planted) + 1) - std::lgamma(real(y) + 1) -
                     std::lgamma(real(planted - y) + 1) + real(y) * std::log(sensitivity) +
                     real(planted - y) * std::log1p(-sensitivity));
        sum += chance;
    }
    return 1 - sum;
}

TEST(SensitivityInterval, IsThatOfClopperAndPearsonRoundedOutwards) {
    // R: binom.test(48, 50)$conf.int is 0.8628544 to 0.9951177.
    const Interval most = sensitivity_interval(48, 50, kConfidence);
    EXPECT_EQ(most.low, (Share{8628, 10'000}));
    EXPECT_EQ(most.high, (Share{9952, 10'000}));
    // None and all: 1 - 0.025^(1/10) and 0.025^(1/10).
    EXPECT_EQ(sensitivity_interval(0, 10, kConfidence).low, (Share{0, 1}));
    EXPECT_EQ(sensitivity_interval(0, 10, kConfidence).high, (Share{3085, 10'000}));
    EXPECT_EQ(sensitivity_interval(10, 10, kConfidence).low, (Share{6915, 10'000}));
    EXPECT_EQ(sensitivity_interval(10, 10, kConfidence).high, (Share{1, 1}));
}

TEST(SensitivityInterval, EndsWhereTheTailsAreHalfTheRisk) {
    for (const std::int64_t planted : {1, 7, 50}) {
        for (std::int64_t found = 0; found <= planted; ++found) {
            const Interval ends = sensitivity_interval(found, planted, kConfidence);
            const double low = ends.low.value();
            const double high = ends.high.value();
            if (found > 0) {
                EXPECT_LE(low <= 0 ? 0 : at_least(found, planted, low), 0.025 + 1e-9);
                EXPECT_GT(at_least(found, planted, low + 0.0001), 0.025 - 1e-9);
            }
            if (found < planted) {
                EXPECT_LE(high >= 1 ? 0 : 1 - at_least(found + 1, planted, high), 0.025 + 1e-9);
                EXPECT_GT(1 - at_least(found + 1, planted, high - 0.0001), 0.025 - 1e-9);
            }
        }
    }
}

bool holds(const Interval& ends, double sensitivity) {
    return ends.low.value() <= sensitivity && sensitivity <= ends.high.value();
}

std::vector<Interval> all_intervals(std::int64_t planted) {
    std::vector<Interval> out;
    for (std::int64_t found = 0; found <= planted; ++found) {
        out.push_back(sensitivity_interval(found, planted, kConfidence));
    }
    return out;
}

TEST(SensitivityInterval, HoldsTheTruthFor95OfAHundredCheckersWhateverTheirSensitivity) {
    for (const std::int64_t planted : {10, 30, 50, 80}) {
        const auto intervals = all_intervals(planted);
        for (int thousandths = 1; thousandths < 1'000; ++thousandths) {
            const double sensitivity = thousandths / 1'000.0;
            double coverage = 0;
            for (std::int64_t found = 0; found <= planted; ++found) {
                if (holds(intervals[static_cast<std::size_t>(found)], sensitivity)) {
                    coverage += at_least(found, planted, sensitivity) -
                                (found == planted ? 0 : at_least(found + 1, planted, sensitivity));
                }
            }
            ASSERT_GE(coverage, 0.95 - 1e-9) << sensitivity << " of " << planted;
        }
    }
}

TEST(SensitivityInterval, HoldsTheTruthFor95OfAHundredOf10000SimulatedCheckers) {
    constexpr int kCheckers = 10'000;
    const auto intervals = all_intervals(kDecoys);
    std::mt19937_64 random(4'071);
    for (const double sensitivity : {0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99}) {
        std::bernoulli_distribution finds(sensitivity);
        int held = 0;
        for (int checker = 0; checker < kCheckers; ++checker) {
            std::size_t found = 0;
            for (std::int64_t decoy = 0; decoy < kDecoys; ++decoy) {
                found += finds(random) ? 1U : 0U;
            }
            held += holds(intervals[found], sensitivity) ? 1 : 0;
        }
        EXPECT_GE(held, kCheckers * 95 / 100) << sensitivity;
    }
}

PlanRequest annex_request() {
    return {{12'000}, {1, 100}, kConfidence};
}

TEST(GrowthRule, SaysBeforehandWhatEachNumberOfDecoysFoundMeans) {
    const auto rule =
        fix_growth_rule(annex_request(), kDecoys, kSensitivityFloor, kConfidence).value();
    EXPECT_EQ(rule.first.sample, 295);
    ASSERT_EQ(rule.steps.size(), 51U);
    for (std::size_t found = 0; found <= 50; ++found) {
        const GrowthStep& step = rule.steps[found];
        EXPECT_EQ(step.found, static_cast<std::int64_t>(found));
        EXPECT_EQ(step.sensitivity, sensitivity_interval(step.found, kDecoys, kConfidence).low);
        EXPECT_EQ(step.fails, step.sensitivity < kSensitivityFloor);
        if (!step.fails) {
            EXPECT_EQ(step.sample, smallest_sample(12'000, 120, 0, {5, 100}, step.sensitivity));
            EXPECT_GT(step.sample, rule.first.sample);
            EXPECT_LE(step.sample, rule.largest);
        }
    }
    EXPECT_FALSE(rule.steps[50].fails);
    EXPECT_TRUE(rule.steps[40].fails);
    EXPECT_NEAR(rule.joint_confidence, 0.925, 1e-12);
}

TEST(GrowthRule, GrowsWithEachDecoyMissedAndKeepsTheRowsItHad) {
    PlanRequest request{{9'000, 2'500, 400, 100}, {1, 100}, kConfidence};
    const auto rule = fix_growth_rule(request, kDecoys, kSensitivityFloor, kConfidence).value();
    std::vector<std::int64_t> before = rule.first.strata;
    for (auto step = rule.steps.rbegin(); step != rule.steps.rend() && !step->fails; ++step) {
        for (std::size_t h = 0; h < before.size(); ++h) {
            EXPECT_GE(step->strata[h], before[h]);
        }
        before = step->strata;
    }
}

TEST(GrowthRule, ThatCannotBeMetIsRefused) {
    const auto where = [](const PlanRequest& request, std::int64_t planted, Share floor) {
        const auto rule = fix_growth_rule(request, planted, floor, kConfidence);
        return rule ? std::string() : rule.fault().where + ": " + rule.fault().what;
    };
    EXPECT_EQ(where(annex_request(), kDecoys, kSensitivityFloor), "");
    EXPECT_NE(where(annex_request(), 5, kSensitivityFloor).find("finds all 5 decoys"),
              std::string::npos);
    EXPECT_NE(where(annex_request(), kDecoys, {99, 100}).find("known to find only 92.88 %"),
              std::string::npos);
    EXPECT_NE(where({{200}, {5, 1000}, kConfidence}, kDecoys, kSensitivityFloor).find("10 of 200"),
              std::string::npos);
    EXPECT_NE(where(annex_request(), 0, kSensitivityFloor).find("1 to 1,000"), std::string::npos);
    EXPECT_EQ(where({{}, {1, 100}, kConfidence}, 50, kSensitivityFloor).find("rows: "), 0U);
}

// Decoys and grown sample of a checker who finds 19 of 20.
double rows_to_check(std::int64_t sample, std::int64_t planted) {
    double rows = real(planted);
    for (std::int64_t found = 1; found <= planted; ++found) {
        const double chance = at_least(found, planted, 0.95) -
                              (found == planted ? 0 : at_least(found + 1, planted, 0.95));
        const Share low = sensitivity_interval(found, planted, kConfidence).low;
        rows += chance * real(sample) / low.value();
    }
    return rows;
}

TEST(Decoys, OfTheUsualNumberCostLittleMoreRowsThanTheBestOne) {
    for (std::int64_t sample = 150; sample <= 1'200; sample += 150) {
        const std::int64_t best = decoys_worth_planting(sample);
        for (const std::int64_t other : {best - 7, best - 1, best + 1, best + 7}) {
            EXPECT_LE(rows_to_check(sample, best), rows_to_check(sample, other) + 0.2);
        }
        EXPECT_LE(rows_to_check(sample, kDecoys), rows_to_check(sample, best) * 1.05) << sample;
    }
    EXPECT_FALSE(sensitivity_interval(kDecoys - 8, kDecoys, kConfidence).low < kSensitivityFloor);
    EXPECT_TRUE(sensitivity_interval(kDecoys - 9, kDecoys, kConfidence).low < kSensitivityFloor);
}

}  // namespace
}  // namespace hrbridge::sampling
