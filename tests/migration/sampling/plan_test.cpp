#include "migration/sampling/plan.h"

#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "migration/sampling/size.h"
#include "migration/sampling/worst_split.h"
#include "tests/migration/sampling/brute_force.h"

namespace hrbridge::sampling {
namespace {

constexpr Share kRisk{5, 100};
constexpr Share kConfidence{95, 100};

std::vector<Check> checks(const std::vector<std::int64_t>& rows,
                          const std::vector<std::int64_t>& samples,
                          Share sensitivity = {1, 1}) {
    std::vector<Check> out;
    for (std::size_t h = 0; h < rows.size(); ++h) {
        out.push_back({rows[h], samples[h], sensitivity});
    }
    return out;
}

TEST(SharingOut, TakesFromEachStratumInProportionAndNeverNothing) {
    EXPECT_EQ(share_out(std::vector<std::int64_t>{100, 100}, 155),
              (std::vector<std::int64_t>{78, 77}));
    EXPECT_EQ(share_out(std::vector<std::int64_t>{9'000, 900, 90, 9, 1}, 100),
              (std::vector<std::int64_t>{88, 9, 1, 1, 1}));
    EXPECT_EQ(share_out(std::vector<std::int64_t>{5, 0, 5}, 10),
              (std::vector<std::int64_t>{5, 0, 5}));
}

TEST(SharingOut, OfALargerSampleKeepsWhatASmallerOneHad) {
    const std::vector<std::int64_t> strata{731, 40, 3, 1'290, 77, 6};
    std::vector<std::int64_t> before(strata.size(), 0);
    for (std::int64_t sample = 6; sample <= 2'147; ++sample) {
        const auto now = share_out(strata, sample);
        EXPECT_EQ(std::accumulate(now.begin(), now.end(), std::int64_t{0}), sample);
        for (std::size_t h = 0; h < strata.size(); ++h) {
            ASSERT_GE(now[h], before[h]);
            ASSERT_LE(now[h], strata[h]);
        }
        before = now;
    }
}

// The annex gives 0.0497 without strata and 0.0506 for the worst split of two bad rows over two
// halves. 0.0506 is the split of one in each half, 22/100 * 23/100. Two bad rows in the half of
// which only 77 rows are checked are overlooked more easily still: 23/100 * 22/99 = 0.0511.
TEST(WorstSplitOfTwoHalves, IsWorseThanTheAnnexSays) {
    const auto halves = checks({100, 100}, {78, 77});
    EXPECT_NEAR(acceptance({200, 155}, 2, 0), 0.0497, 5e-5);
    EXPECT_NEAR(split_acceptance(halves, {1, 1}, 0), 0.0506, 5e-5);
    EXPECT_NEAR(split_acceptance(halves, {0, 2}, 0), 0.0511, 5e-5);
    EXPECT_NEAR(split_acceptance(halves, {2, 0}, 0), 0.0467, 5e-5);
    EXPECT_NEAR(WorstSplit(halves, 0, 2).acceptance(2), 23.0 * 22 / (100 * 99), 1e-12);
}

TEST(WorstSplit, OfNoneAllowedIsTheWorstOfAllSplits) {
    for (const Share sensitivity : {Share{1, 1}, Share{8, 10}, Share{1, 3}}) {
        for (const auto& [rows, samples] : small_stratifications()) {
            const auto strata = checks(rows, samples, sensitivity);
            const std::int64_t most = std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
            const WorstSplit split(strata, 0, most);
            for (std::int64_t bad = 0; bad <= most; ++bad) {
                ASSERT_NEAR(split.acceptance(bad), worst_of_all_splits(strata, bad, 0), 1e-9);
            }
        }
    }
}

TEST(WorstSplit, OfSomeAllowedIsNeverBetterThanTheWorstOfAllSplitsAndHardlyWorse) {
    for (const Share sensitivity : {Share{1, 1}, Share{8, 10}}) {
        for (const auto& [rows, samples] : small_stratifications()) {
            const auto strata = checks(rows, samples, sensitivity);
            const std::int64_t most = std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
            for (const std::int64_t allowed : {1, 2}) {
                const WorstSplit split(strata, allowed, most);
                for (std::int64_t bad = 0; bad <= most; ++bad) {
                    const double exact = worst_of_all_splits(strata, bad, allowed);
                    ASSERT_GE(split.acceptance(bad), exact - 1e-9);
                    if (exact < 0.1) {
                        ASSERT_LT(split.acceptance(bad), exact + 0.01);
                    }
                }
            }
        }
    }
}

TEST(Plan, OfSomeAllowedIsTheSmallestThatTheWorstOfAllSplitsLets) {
    for (const std::vector<std::int64_t>& rows :
         {std::vector<std::int64_t>{20, 20, 20}, {30, 15, 5}, {25, 25, 10}, {12, 12, 12, 12}}) {
        for (const std::int64_t allowed : {1, 2}) {
            for (const Share limit : {Share{10, 100}, Share{15, 100}, Share{20, 100}}) {
                const auto plan = make_plan({rows, limit, kConfidence, allowed}).value();
                EXPECT_LE(worst_of_all_splits(checks(rows, plan.strata), plan.bad, allowed), 0.05);
                const auto less = share_out(rows, plan.sample - 1);
                EXPECT_TRUE(plan.sample == plan.unstratified ||
                            worst_of_all_splits(checks(rows, less), plan.bad, allowed) > 0.05);
            }
        }
    }
}

TEST(WorstSplit, OfOneStratumIsThePlainFormula) {
    for (const std::int64_t allowed : {0, 1, 3}) {
        const WorstSplit split({{500, 60, {9, 10}}}, allowed, 100);
        for (std::int64_t bad = 0; bad <= 100; ++bad) {
            EXPECT_NEAR(split.acceptance(bad), acceptance({500, 60, {9, 10}}, bad, allowed), 1e-9);
        }
    }
}

TEST(WorstSplit, ThatEqualsTheRiskIsAtMostTheRisk) {
    // One bad row, 95 of 100 checked in either half.
    const auto halves = checks({100, 100}, {95, 95});
    EXPECT_TRUE(WorstSplit(halves, 0, 1).accepts_at_most(kRisk, 1));
    EXPECT_FALSE(WorstSplit(halves, 0, 1).accepts_at_most({4'999'999, 100'000'000}, 1));
    // Two bad rows, one of which may be found: 1 - (4/5 * 3/4) where both are in one stratum.
    const auto fifths = checks({5, 5}, {4, 4});
    EXPECT_TRUE(WorstSplit(fifths, 1, 2).accepts_at_most({4, 10}, 2));
    EXPECT_FALSE(WorstSplit(fifths, 1, 2).accepts_at_most({399'999'999, 1'000'000'000}, 2));
}

TEST(WorstSplit, InLumpsIsNeverBetterThanRowByRow) {
    // 3 strata, 9,000 bad rows and one allowed take more steps than are made row by row.
    const auto strata = checks({20'000, 15'000, 5'000}, {20, 15, 5});
    const WorstSplit lumps(strata, 1, 30'000);
    const WorstSplit rows(strata, 1, 4'000);
    for (std::int64_t bad = 0; bad <= 4'000; bad += 250) {
        EXPECT_GE(lumps.acceptance(bad), rows.acceptance(bad) - 1e-12);
        EXPECT_LT(lumps.acceptance(bad), rows.acceptance(bad) + 0.01);
    }
}

TEST(Plan, OfTwoHalvesGrowsUntilTheWorstSplitHolds) {
    const auto plan = make_plan({{100, 100}, {1, 100}, kConfidence}).value();
    EXPECT_EQ(plan.bad, 2);
    EXPECT_EQ(plan.unstratified, 155);
    EXPECT_EQ(plan.sample, 156);
    EXPECT_EQ(plan.strata, (std::vector<std::int64_t>{78, 78}));
    EXPECT_LE(plan.acceptance, 0.05);
    const auto one_less = share_out(std::vector<std::int64_t>{100, 100}, plan.sample - 1);
    EXPECT_GT(worst_of_all_splits(checks({100, 100}, one_less), 2, 0), 0.05);
}

TEST(Plan, IsTheSameWhateverIsGuessed) {
    const PlanRequest request{{900, 80, 20}, {2, 100}, kConfidence, 1, {9, 10}};
    const auto plan = make_plan(request).value();
    for (std::int64_t guess = -1; guess <= 1'100; guess += 7) {
        EXPECT_EQ(make_plan(request, guess).value().strata, plan.strata);
    }
}

TEST(Plan, OfOneStratumIsTheUnstratifiedOne) {
    const auto plan = make_plan({{10'000}, {1, 100}, kConfidence, 1}).value();
    EXPECT_EQ(plan.sample, 464);
    EXPECT_EQ(plan.unstratified, 464);
}

TEST(Plan, ThatNoCheckCanMakeSaysWhy) {
    const auto plan = make_plan({{200}, {5, 1000}, kConfidence, 1});
    ASSERT_FALSE(plan);
    EXPECT_NE(plan.fault().what.find("200 rows can refuse 1 bad"), std::string::npos);
    EXPECT_FALSE(make_plan({{200}, {5, 1000}, kConfidence, 0, {9, 10}}));
    EXPECT_EQ(make_plan({{}, {1, 100}, kConfidence}).fault().where, "rows");
    EXPECT_EQ(make_plan({{-1, 5}, {1, 100}, kConfidence}).fault().where, "rows");
    EXPECT_EQ(make_plan({{10}, {0, 100}, kConfidence}).fault().where, "limit");
    EXPECT_EQ(make_plan({{10}, {1, 100}, {1, 1}}).fault().where, "confidence");
    EXPECT_EQ(make_plan({{10}, {1, 100}, kConfidence, -1}).fault().where, "allowed");
    EXPECT_EQ(make_plan({{10}, {1, 100}, kConfidence, 0, {0, 1}}).fault().where, "sensitivity");
}

// 150,000 rows in 30 strata of very different sizes.
std::vector<std::int64_t> thirty_strata() {
    std::vector<std::int64_t> rows;
    for (std::int64_t h = 0; h < 29; ++h) {
        rows.push_back(40 + h * h * 15);
    }
    rows.push_back(150'000 - std::accumulate(rows.begin(), rows.end(), std::int64_t{0}));
    return rows;
}

// Trying every split would never end here.
TEST(Plan, Of150000RowsIn30StrataHoldsForTheWorstSplit) {
    const auto strata = thirty_strata();
    for (const Share limit : {Share{5, 100}, Share{1, 100}, Share{1, 1000}}) {
        for (const std::int64_t allowed : {0, 1, 3}) {
            const auto plan = make_plan({strata, limit, kConfidence, allowed}).value();
            EXPECT_LE(plan.acceptance, 0.05);
            EXPECT_GE(plan.sample, plan.unstratified);
            for (std::size_t h = 0; h < strata.size(); ++h) {
                EXPECT_GE(plan.strata[h], 1);
            }
            const auto limits = upper_limit(checks(strata, plan.strata), allowed, kConfidence);
            EXPECT_LT(limits.unstratified, plan.bad);
            EXPECT_LT(limits.worst_split, plan.bad);
            EXPECT_GE(limits.worst_split, limits.unstratified);
        }
    }
}

TEST(UpperLimitOfStrata, IsTheLastThatTheWorstSplitDoesNotRefute) {
    for (const auto& [rows, samples] : small_stratifications()) {
        const auto strata = checks(rows, samples);
        const std::int64_t all = std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
        const auto limit = upper_limit(strata, 0, kConfidence);
        EXPECT_GE(limit.worst_split, limit.unstratified);
        EXPECT_GT(worst_of_all_splits(strata, limit.worst_split, 0), 0.05);
        if (limit.worst_split < all) {
            EXPECT_LE(worst_of_all_splits(strata, limit.worst_split + 1, 0), 0.05);
        }
        const auto of_one = upper_limit(strata, 1, kConfidence);
        EXPECT_GE(of_one.worst_split, limit.worst_split);
        if (of_one.worst_split < all) {
            EXPECT_LE(worst_of_all_splits(strata, of_one.worst_split + 1, 1), 0.05);
        }
    }
}

}  // namespace
}  // namespace hrbridge::sampling
