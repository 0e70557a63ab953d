#include "migration/sampling/check.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "migration/sampling/found.h"
#include "migration/sampling/size.h"
#include "tests/migration/sampling/brute_force.h"

namespace hrbridge::sampling {
namespace {

constexpr Share kRisk{5, 100};
constexpr Share kConfidence{95, 100};

double ratio(const Integer& parts, const Integer& of) {
    return static_cast<double>(parts * power(10, 200) / of) / 1e200;
}

// All subsets of the rows as samples, the first `bad` rows being the bad ones.
std::vector<double> found_over_all_samples(int rows, int sample, int bad) {
    std::vector<double> counts(static_cast<std::size_t>(bad) + 1, 0.0);
    double all = 0;
    for (unsigned chosen = 0; chosen < 1U << rows; ++chosen) {
        if (__builtin_popcount(chosen) == sample) {
            const unsigned hit = chosen & ((1U << bad) - 1);
            counts[static_cast<std::size_t>(__builtin_popcount(hit))] += 1;
            all += 1;
        }
    }
    for (double& count : counts) {
        count /= all;
    }
    return counts;
}

TEST(Chances, OfSmallLotsAreThoseOverAllSamples) {
    for (int rows = 1; rows <= 10; ++rows) {
        for (int sample = 0; sample <= rows; ++sample) {
            for (int bad = 0; bad <= rows; ++bad) {
                const auto counted = found_over_all_samples(rows, sample, bad);
                const auto chances = chances_found({rows, sample}, bad, bad);
                const auto exact = exact_chances_found({rows, sample}, bad, bad);
                const auto common = exact_chances_of_sample({rows, sample}, bad, bad);
                ASSERT_EQ(common.of, choose(rows, sample));
                for (std::size_t found = 0; found < counted.size(); ++found) {
                    ASSERT_EQ(common.parts[found] * exact.of, exact.parts[found] * common.of);
                    ASSERT_NEAR(chances[found], counted[found], 1e-14);
                    ASSERT_NEAR(ratio(exact.parts[found], exact.of), counted[found], 1e-14);
                }
            }
        }
    }
}

TEST(Chances, OfACheckerWhoOverlooksAreThoseRowByRow) {
    for (const Share sensitivity : {Share{0, 1}, Share{1, 3}, Share{9, 10}, Share{1, 1}}) {
        for (const Check& check : {Check{40, 13, sensitivity}, Check{30, 29, sensitivity}}) {
            for (std::int64_t bad = 0; bad <= 20; ++bad) {
                const auto expected = found_row_by_row(check, bad);
                const auto chances = chances_found(check, bad, bad);
                const auto exact = exact_chances_found(check, bad, bad);
                const auto common = exact_chances_of_sample(check, bad, bad);
                for (std::size_t found = 0; found < expected.size(); ++found) {
                    ASSERT_EQ(common.parts[found] * exact.of, exact.parts[found] * common.of);
                    ASSERT_NEAR(chances[found], expected[found], 1e-13);
                    ASSERT_NEAR(ratio(exact.parts[found], exact.of), expected[found], 1e-13);
                }
            }
        }
    }
}

TEST(Chances, InFloatingPointAreNearerToTheExactOnesThanIsAssumed) {
    for (const Check& check : {Check{150'000, 2'965},
                               Check{10'000, 300, {87, 100}},
                               Check{3'200, 3'100, {1, 7}},
                               Check{1'000'000, 3'000}}) {
        for (const std::int64_t bad : {1, 12, 150, 1'000}) {
            const std::int64_t most = std::min<std::int64_t>(bad, 3);
            const auto chances = chances_found(check, bad, most);
            const auto exact = exact_chances_found(check, bad, most);
            for (std::size_t found = 0; found < chances.size(); ++found) {
                const auto truth = ratio(exact.parts[found], exact.of);
                ASSERT_LE(std::abs(chances[found] - truth), truth * kRounding / 100);
            }
        }
    }
}

TEST(Acceptance, IsExactWhereItEqualsTheRisk) {
    // C(3,2)/C(5,2) = 3/10: both bad rows are missed.
    EXPECT_TRUE(accepts_at_most({3, 10}, {5, 2}, 2, 0));
    EXPECT_FALSE(accepts_at_most({299'999'999, 1'000'000'000}, {5, 2}, 2, 0));
    // Half the rows, half found: 1 - 1/2 * 1/2.
    EXPECT_TRUE(accepts_at_most({3, 4}, {10, 5, {1, 2}}, 1, 0));
    EXPECT_FALSE(accepts_at_most({749'999'999, 1'000'000'000}, {10, 5, {1, 2}}, 1, 0));
    // Two rows, a tenth bad: 0.81.
    EXPECT_TRUE(endless_accepts_at_most({81, 100}, 2, {1, 10}, 0));
    EXPECT_FALSE(endless_accepts_at_most({809'999'999, 1'000'000'000}, 2, {1, 10}, 0));
    EXPECT_TRUE(endless_accepts_at_most({81, 100}, 2, {1, 5}, 0, {1, 2}));
}

TEST(Acceptance, FallsWithBadRowsSampleAndSensitivityAndRisesWithWhatIsAllowed) {
    const Share sharp{9, 10};
    for (std::int64_t sample = 1; sample < 80; sample += 7) {
        for (std::int64_t bad = 1; bad < 80; bad += 5) {
            for (std::int64_t allowed = 0; allowed < 3; ++allowed) {
                const double here = acceptance({80, sample, sharp}, bad, allowed);
                EXPECT_GE(here + 1e-12, acceptance({80, sample, sharp}, bad + 1, allowed));
                EXPECT_GE(here + 1e-12, acceptance({80, sample + 1, sharp}, bad, allowed));
                EXPECT_GE(here + 1e-12, acceptance({80, sample}, bad, allowed));
                EXPECT_LE(here, acceptance({80, sample, sharp}, bad, allowed + 1) + 1e-12);
            }
        }
    }
}

TEST(SmallestSample, HoldsAndOneLessDoesNot) {
    for (const std::int64_t rows : {1, 7, 50, 333, 4'000}) {
        for (const Share limit : {Share{1, 100}, Share{5, 100}, Share{20, 100}}) {
            for (const std::int64_t allowed : {0, 1, 4}) {
                const std::int64_t bad = bad_at_limit(rows, limit);
                const auto sample = smallest_sample(rows, bad, allowed, kRisk, {19, 20});
                if (!sample) {
                    EXPECT_FALSE(accepts_at_most(kRisk, {rows, rows, {19, 20}}, bad, allowed));
                    continue;
                }
                EXPECT_TRUE(accepts_at_most(kRisk, {rows, *sample, {19, 20}}, bad, allowed));
                EXPECT_FALSE(accepts_at_most(kRisk, {rows, *sample - 1, {19, 20}}, bad, allowed));
            }
        }
    }
}

// The sample of 20 rows more may be a row smaller, because 5 % of them is rounded up; of whole
// multiples of 20 rows it is not.
TEST(SmallestSample, GrowsWithRowsAndConfidenceAndFallsWithTheLimit) {
    std::int64_t before = 0;
    for (std::int64_t rows = 100; rows <= 5'000; rows += 100) {
        const std::int64_t sample =
            smallest_sample(rows, bad_at_limit(rows, {5, 100}), 0, kRisk).value();
        EXPECT_GE(sample, before);
        before = sample;
    }
    before = 0;
    for (std::int64_t risk = 50; risk >= 1; --risk) {
        const std::int64_t sample = smallest_sample(3'000, 30, 1, {risk, 100}).value();
        EXPECT_GE(sample, before);
        before = sample;
    }
    before = 3'000;
    for (std::int64_t percent = 1; percent <= 30; ++percent) {
        const std::int64_t sample =
            smallest_sample(3'000, bad_at_limit(3'000, {percent, 100}), 0, kRisk).value();
        EXPECT_LE(sample, before);
        before = sample;
    }
}

TEST(SmallestSample, OfAHugeLotIsTheEndlessOne) {
    for (const std::int64_t allowed : {0, 2}) {
        EXPECT_EQ(smallest_sample(1'000'000'000, 50'000'000, allowed, kRisk, {9, 10}),
                  smallest_endless_sample({5, 100}, allowed, kRisk, {9, 10}));
    }
}

TEST(UpperLimit, IsTheLastNumberThatIsNotRefuted) {
    for (const Check& check : {Check{500, 60},
                               Check{500, 60, {8, 10}},
                               Check{40, 40},
                               Check{40, 40, {1, 2}},
                               Check{10'000, 300}}) {
        for (std::int64_t found = 0; found <= 5; ++found) {
            const std::int64_t limit = upper_limit(check, found, kConfidence);
            EXPECT_GE(limit, found);
            EXPECT_FALSE(accepts_at_most(kRisk, check, limit, found));
            if (limit < check.rows) {
                EXPECT_TRUE(accepts_at_most(kRisk, check, limit + 1, found));
            }
        }
    }
    EXPECT_EQ(upper_limit({40, 40}, 3, kConfidence), 3);
    EXPECT_EQ(upper_limit({40, 0}, 0, kConfidence), 40);
}

TEST(UpperLimit, IsBelowTheLimitOfAnAcceptedPlan) {
    for (const std::int64_t allowed : {0, 1, 2}) {
        for (const std::int64_t rows : {300, 2'000, 12'345}) {
            const std::int64_t bad = bad_at_limit(rows, {2, 100});
            const std::int64_t sample = smallest_sample(rows, bad, allowed, kRisk).value();
            EXPECT_LT(upper_limit({rows, sample}, allowed, kConfidence), bad);
            EXPECT_GE(upper_limit({rows, sample - 1}, allowed, kConfidence), bad);
        }
    }
}

// How often 20,000 simulated migrations are accepted, each with its own sample and checker.
double accepted_share(const Check& check, std::int64_t bad, std::int64_t allowed) {
    constexpr int kMigrations = 20'000;
    std::mt19937_64 random(20'260'301);
    std::uniform_real_distribution<double> unit(0, 1);
    int accepted = 0;
    for (int i = 0; i < kMigrations; ++i) {
        std::int64_t seen = 0;
        std::int64_t found = 0;
        // Each bad row has its own place in the shuffled lot; the first `sample` places are
        // checked.
        for (std::int64_t b = 0; b < bad; ++b) {
            const auto places_left = static_cast<double>(check.rows - b);
            if (unit(random) * places_left < static_cast<double>(check.sample - seen)) {
                ++seen;
                found += unit(random) < check.sensitivity.value() ? 1 : 0;
            }
        }
        accepted += found <= allowed ? 1 : 0;
    }
    return static_cast<double>(accepted) / kMigrations;
}

TEST(Acceptance, OfSimulatedMigrationsAgreesWithinThreeStandardErrors) {
    struct Case {
        Check check;
        std::int64_t bad;
        std::int64_t allowed;
    };
    for (const Case& c : {Case{{10'000, 294}, 100, 0},
                          Case{{10'000, 464}, 100, 1},
                          Case{{12'000, 328, {9, 10}}, 120, 0},
                          Case{{200, 105}, 4, 0},
                          Case{{1'000, 90, {8, 10}}, 50, 2}}) {
        const double chance = acceptance(c.check, c.bad, c.allowed);
        const double error = std::sqrt(chance * (1 - chance) / 20'000);
        EXPECT_NEAR(accepted_share(c.check, c.bad, c.allowed), chance, 3 * error);
    }
}

TEST(ParseShare, ReadsWhatAPersonWrites) {
    EXPECT_EQ(parse_share("5 %").value(), (Share{1, 20}));
    EXPECT_EQ(parse_share("0.1%").value(), (Share{1, 1000}));
    EXPECT_EQ(parse_share("0.95").value(), (Share{95, 100}));
    EXPECT_EQ(parse_share("1").value(), (Share{1, 1}));
    for (const char* wrong : {"", "%", "5 per cent", "-1 %", "101 %", "1.01", "0.0000000001"}) {
        EXPECT_FALSE(parse_share(wrong)) << wrong;
    }
}

TEST(BadAtLimit, IsRoundedUpAndAtLeastOne) {
    EXPECT_EQ(bad_at_limit(3'200, {1, 1000}), 4);
    EXPECT_EQ(bad_at_limit(200, {5, 100}), 10);
    EXPECT_EQ(bad_at_limit(201, {5, 100}), 11);
    EXPECT_EQ(bad_at_limit(10, {1, 1000}), 1);
    EXPECT_EQ(bad_at_limit(1'000'000'000, {999'999'999, 1'000'000'000}), 999'999'999);
}

}  // namespace
}  // namespace hrbridge::sampling
