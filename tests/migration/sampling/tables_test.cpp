#include "migration/sampling/tables.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "migration/sampling/size.h"

namespace hrbridge::sampling {
namespace {

constexpr int kAbove = -1;  // "use the first plan above the arrow"
constexpr int kBelow = -2;

struct PrintedRow {
    std::int64_t largest_lot;
    char letter;
    std::int64_t sample;
    std::vector<int> rejects;  // AQL 0.65, 1.0, 1.5, 2.5, 4.0, 6.5
};

// Single sampling, normal inspection, level II, as printed in the National Institute of Building
// Sciences' table 1-A, which it took from MIL-STD-105E.
const std::vector<PrintedRow> kPrinted{
    {8, 'A', 2, {kBelow, kBelow, kBelow, kBelow, kBelow, 1}},
    {15, 'B', 3, {kBelow, kBelow, kBelow, kBelow, 1, kAbove}},
    {25, 'C', 5, {kBelow, kBelow, kBelow, 1, kAbove, kBelow}},
    {50, 'D', 8, {kBelow, kBelow, 1, kAbove, kBelow, 2}},
    {90, 'E', 13, {kBelow, 1, kAbove, kBelow, 2, 3}},
    {150, 'F', 20, {1, kAbove, kBelow, 2, 3, 4}},
    {280, 'G', 32, {kAbove, kBelow, 2, 3, 4, 6}},
    {500, 'H', 50, {kBelow, 2, 3, 4, 6, 8}},
    {1'200, 'J', 80, {2, 3, 4, 6, 8, 11}},
    {3'200, 'K', 125, {3, 4, 6, 8, 11, 15}},
    {10'000, 'L', 200, {4, 6, 8, 11, 15, 22}},
    {35'000, 'M', 315, {6, 8, 11, 15, 22, kAbove}},
    {150'000, 'N', 500, {8, 11, 15, 22, kAbove, kAbove}},
    {500'000, 'P', 800, {11, 15, 22, kAbove, kAbove, kAbove}},
    {2'000'000, 'Q', 1'250, {15, 22, kAbove, kAbove, kAbove, kAbove}}};

TEST(AqlPlan, IsThePrintedOneBehindItsArrows) {
    for (std::size_t row = 0; row < kPrinted.size(); ++row) {
        EXPECT_EQ(code_letter(kPrinted[row].largest_lot), kPrinted[row].letter);
        for (std::size_t column = 0; column < 6; ++column) {
            std::size_t used = row;
            while (kPrinted[used].rejects[column] < 0) {
                used = kPrinted[used].rejects[column] == kAbove ? used - 1 : used + 1;
            }
            const std::int64_t lot = kPrinted[row].largest_lot;
            const auto plan = aql_plan(lot, aqls()[column + 5]).value();
            SCOPED_TRACE(testing::Message() << lot << " rows, column " << column);
            EXPECT_EQ(plan.letter, kPrinted[used].letter);
            EXPECT_EQ(plan.sample, std::min(lot, kPrinted[used].sample));
            EXPECT_EQ(plan.allowed, kPrinted[used].rejects[column] - 1);
        }
    }
}

TEST(CodeLetter, ChangesBehindTheLargestLotOfEach) {
    EXPECT_EQ(code_letter(1), std::nullopt);
    EXPECT_EQ(code_letter(2), 'A');
    for (std::size_t row = 1; row < kPrinted.size(); ++row) {
        EXPECT_EQ(code_letter(kPrinted[row - 1].largest_lot + 1), kPrinted[row].letter);
    }
}

// The annex: what still passes with a chance of one in ten, of the largest lot of each letter.
TEST(AqlPlan, LetsThroughWhatTheAnnexSays) {
    const auto percent = [](std::int64_t lot, Share aql) {
        return aql_plan(lot, aql).value().limiting_quality * 100;
    };
    EXPECT_NEAR(percent(10'000, {1, 100}), 4.6, 0.05);
    EXPECT_NEAR(percent(10'000, {65, 10'000}), 3.3, 0.05);
    EXPECT_NEAR(percent(10'000, {65, 100'000}), 1.1, 0.05);
    EXPECT_NEAR(percent(3'200, {1, 100}), 5.2, 0.05);
    EXPECT_NEAR(percent(1'200, {1, 100}), 6.4, 0.05);
    EXPECT_EQ(aql_plan(10'000, {65, 100'000}).value().allowed, 0);
    EXPECT_EQ(aql_plan(10'000, {65, 10'000}).value().allowed, 3);
    EXPECT_EQ(aql_plan(10'000, {1, 100}).value().allowed, 5);
}

TEST(AqlPlan, LetsThroughOfThisLotWhatPassesWithAChanceAboveTenPercent) {
    for (const std::int64_t lot : {50, 1'200, 10'000, 150'000}) {
        for (const Share aql : aqls()) {
            const auto plan = aql_plan(lot, aql).value();
            EXPECT_GT(acceptance({lot, plan.sample}, plan.let_through, plan.allowed), 0.1);
            EXPECT_LE(acceptance({lot, plan.sample}, plan.let_through + 1, plan.allowed), 0.1);
            EXPECT_LE(plan.limiting_quality, 1);
        }
    }
}

TEST(AqlPlan, OfAnUnknownAqlIsNone) {
    EXPECT_FALSE(aql_plan(1'000, {2, 100}));
    EXPECT_FALSE(aql_plan(1, {1, 100}));
    EXPECT_TRUE(aql_plan(1'000, {1, 100}));
}

TEST(LimitingQualityPlan, AcceptsALotAtTheLimitWithAtMostTenPercent) {
    for (const std::int64_t allowed : {0, 1, 3}) {
        const auto plan = limiting_quality_plan(3'000, {315, 10'000}, allowed).value();
        EXPECT_LE(plan.risk, 0.1);
        EXPECT_GT(acceptance({3'000, plan.sample - 1}, bad_at_limit(3'000, {315, 10'000}), allowed),
                  0.1);
    }
    EXPECT_FALSE(limiting_quality_plan(20, {5, 100}, 1));
}

}  // namespace
}  // namespace hrbridge::sampling
