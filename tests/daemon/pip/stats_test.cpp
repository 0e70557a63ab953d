#include "daemon/pip/stats.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/pip/streak_chance.h"

namespace hrbridge::pip {
namespace {

std::vector<MonthChance> fair_months(int count) {
    std::vector<MonthChance> months;
    for (int i = 0; i < count; ++i) {
        const auto month = std::chrono::year{2024} / 1 + std::chrono::months(i);
        months.push_back({base::Date(month / std::chrono::day(1)), 0.5});
    }
    return months;
}

TEST(BinomialTail, GivesThePublishedNumbersOfTheEightPercentWorker) {
    const double tail = binomial_upper_tail(1050, 84, 0.03);

    EXPECT_NEAR(tail / 1.8e-15, 1.0, 0.05);
    EXPECT_NEAR(binomial_upper_tail(50, 4, 0.03), 0.063, 0.0005);
}

TEST(BinomialTail, IsOneForNoneAndZeroBeyondAll) {
    EXPECT_DOUBLE_EQ(binomial_upper_tail(10, 0, 0.3), 1.0);
    EXPECT_DOUBLE_EQ(binomial_upper_tail(10, 11, 0.3), 0.0);
}

TEST(ClopperPearson, GivesThePublishedInterval) {
    const Interval interval = clopper_pearson(84, 1050, 0.95);

    EXPECT_NEAR(interval.low, 0.0643, 0.00005);
    EXPECT_NEAR(interval.high, 0.0981, 0.00005);
}

TEST(MinimumN, EightAgainstThreePercentIsFirstProvenAt138) {
    EXPECT_EQ(minimum_n(0.03, 0.08, 0.00135, 10'000).value_or(0), 138);
}

TEST(Streak, ThreeInTwelveFairMonthsNamesFiftyEightPercent) {
    EXPECT_NEAR(chance_of_any_streak(fair_months(12), 3, 0), 1.0 - 1705.0 / 4096.0, 1e-12);
}

TEST(Streak, TheNewestThreeFairMonthsAreAllWorseOnceInEight) {
    EXPECT_NEAR(chance_of_streak_now(fair_months(12), 3, 0), 0.125, 1e-12);
}

TEST(Dispersion, IsNearOneForChanceAloneAndLargeForPeopleWhoDiffer) {
    std::vector<double> normal;
    std::vector<double> wide;
    for (int i = 1; i < 400; ++i) {
        const double p = i / 400.0;
        const double z = std::sqrt(2.0) * (p < 0.5 ? -1 : 1) *
                         std::sqrt(std::abs(std::log(4 * p * (1 - p))) * 0.87);
        normal.push_back(z);
        wide.push_back(4 * z);
    }

    EXPECT_NEAR(winsorised_dispersion(normal, 0.1), 1.0, 0.25);
    EXPECT_GT(winsorised_dispersion(wide, 0.1), 8.0);
}

}  // namespace
}  // namespace hrbridge::pip
