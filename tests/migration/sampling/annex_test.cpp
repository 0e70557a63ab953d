// The cells of the acceptance sampling annex that the plans were agreed on, computed there with
// floating point. Where exact arithmetic says otherwise the test says so.

#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "migration/sampling/plan.h"
#include "migration/sampling/size.h"

namespace hrbridge::sampling {
namespace {

constexpr Share kRisk{5, 100};
constexpr Share kConfidence{95, 100};

struct Cell {
    std::int64_t rows;
    Share limit;
    std::int64_t none_allowed;
    std::optional<std::int64_t> one_allowed;  // where the annex has it
};

constexpr Share k5{5, 100};
constexpr Share k2{2, 100};
constexpr Share k1{1, 100};
constexpr Share kHalf{5, 1000};
constexpr Share kTenth{1, 1000};

const std::vector<Cell> kCells{
    {200, k5, 51, 78},          {200, k2, 105, 150},         {200, k1, 155, 195},
    {1'000, k5, 57, 90},        {1'000, k2, 138, 215},       {1'000, k1, 258, 393},
    {1'000, kHalf, 450, 657},   {1'000, kTenth, 950, {}},    {3'200, k5, 58, 92},
    {3'200, k2, 145, 229},      {3'200, k1, 285, 446},       {3'200, kHalf, 546, 844},
    {3'200, kTenth, 1'687, {}}, {10'000, k5, 59, 93},        {10'000, k2, 148, 234},
    {10'000, k1, 294, 464},     {10'000, kHalf, 581, 913},   {10'000, kTenth, 2'588, {}},
    {150'000, k5, 59, 93},      {150'000, k2, 149, 236},     {150'000, k1, 298, 472},
    {150'000, kHalf, 597, 945}, {150'000, kTenth, 2'965, {}}};

TEST(AnnexCells, OfFiniteLotsAreTheSmallestSamples) {
    for (const Cell& cell : kCells) {
        SCOPED_TRACE(testing::Message() << cell.rows << " rows, limit " << cell.limit.value());
        const std::int64_t bad = bad_at_limit(cell.rows, cell.limit);
        EXPECT_EQ(smallest_sample(cell.rows, bad, 0, kRisk), cell.none_allowed);
        if (cell.one_allowed) {
            EXPECT_EQ(smallest_sample(cell.rows, bad, 1, kRisk), cell.one_allowed);
        }
    }
}

// 200 rows below 0.5 % and below 0.1 %: the annex prints 191, while 190 overlook the one bad row
// with the chance 10/200, which is 5 % and so "at most 5 %"; computed as a double the chance is
// above 0.05. For 1,000 rows the same rule gives the annex's own 950, with 50/1000.
TEST(AnnexCells, OfOneBadRowIn200Are190WhereTheAnnexSays191) {
    for (const Share limit : {kHalf, kTenth}) {
        EXPECT_EQ(bad_at_limit(200, limit), 1);
        EXPECT_EQ(smallest_sample(200, bad_at_limit(200, limit), 0, kRisk), 190);
    }
    EXPECT_TRUE(accepts_at_most(kRisk, {200, 190}, 1, 0));
    EXPECT_FALSE(accepts_at_most({4'999'999, 100'000'000}, {200, 190}, 1, 0));
    EXPECT_FALSE(accepts_at_most(kRisk, {200, 189}, 1, 0));
}

TEST(AnnexCells, OfEndlessLotsAreBinomial) {
    EXPECT_EQ(smallest_endless_sample(k5, 0, kRisk), 59);
    EXPECT_EQ(smallest_endless_sample(k2, 0, kRisk), 149);
    EXPECT_EQ(smallest_endless_sample(k1, 0, kRisk), 299);
    EXPECT_EQ(smallest_endless_sample(kHalf, 0, kRisk), 598);
    EXPECT_EQ(smallest_endless_sample(kTenth, 0, kRisk), 2'995);
}

TEST(AnnexCells, OfUpperLimitsAfterTheCheck) {
    const std::vector<std::int64_t> limits{97, 155, 206, 254};
    for (std::size_t found = 0; found < limits.size(); ++found) {
        EXPECT_EQ(upper_limit({10'000, 300}, static_cast<std::int64_t>(found), kConfidence),
                  limits[found]);
    }
}

TEST(AnnexCells, OfCheckersWhoOverlookAreLarger) {
    const std::int64_t bad = bad_at_limit(12'000, k1);
    EXPECT_EQ(smallest_sample(12'000, bad, 0, kRisk), 295);
    EXPECT_EQ(smallest_sample(12'000, bad, 0, kRisk, {95, 100}), 310);
    EXPECT_EQ(smallest_sample(12'000, bad, 0, kRisk, {9, 10}), 328);
    EXPECT_EQ(smallest_sample(12'000, bad, 0, kRisk, {8, 10}), 369);
    EXPECT_EQ(smallest_sample(12'000, bad, 0, kRisk, {7, 10}), 422);
}

}  // namespace
}  // namespace hrbridge::sampling
