#include "daemon/pip/exact_distribution.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/pip/stats.h"

namespace hrbridge::pip {
namespace {

double choose(std::int64_t n, std::int64_t k) {
    double out = k < 0 || k > n ? 0 : 1;
    for (std::int64_t i = 1; i <= k && k <= n; ++i) {
        out = out * static_cast<double>(n - k + i) / static_cast<double>(i);
    }
    return out;
}

double weight(const Stratum& s, std::int64_t count) {
    const std::int64_t total = s.bad + s.peer_bad;
    return choose(s.n, count) * choose(s.peer_n, total - count) / choose(s.n + s.peer_n, total);
}

// P(total >= count) by adding up every outcome of two strata.
double brute_force(const Stratum& a, const Stratum& b, std::int64_t count) {
    double sum = 0;
    for (std::int64_t i = 0; i <= a.n; ++i) {
        for (std::int64_t j = std::max<std::int64_t>(0, count - i); j <= b.n; ++j) {
            sum += weight(a, i) * weight(b, j);
        }
    }
    return sum;
}

TEST(ExactDistribution, OfTwoStrataIsTheSumOverAllOutcomes) {
    const Stratum easy{12, 2, 40, 3};
    const Stratum hard{9, 4, 21, 8};
    const std::vector<Stratum> both{easy, hard};
    const ExactDistribution chance(both);

    for (std::int64_t count = 0; count <= 18; ++count) {
        EXPECT_NEAR(chance.upper_tail(count), brute_force(easy, hard, count), 1e-12) << count;
    }
    EXPECT_NEAR(chance.mean(), 5.0 * 12 / 52 + 12.0 * 9 / 30, 1e-12);
}

TEST(Worse, IsMoreThanOnesShareOverAllOperationsAndEqualIsNot) {
    const Stratum easy{100, 1, 300, 3};
    const Stratum hard{50, 4, 150, 12};
    Stratum harder = hard;
    ++harder.bad;

    EXPECT_FALSE(is_worse(std::vector{easy, hard}));
    EXPECT_TRUE(is_worse(std::vector{easy, harder}));
    EXPECT_NEAR(chance_of_worse(std::vector{easy, hard}), brute_force(easy, hard, 6), 1e-12);
}

// True tail 5.3e-49, widened 5.2e-4 where the limit is 5e-6.
TEST(ExactDistribution, HoldsTailsThatLargeDispersionMakesLikely) {
    const Stratum far{9000, 600, 27'000, 810};
    const ExactDistribution chance(std::span(&far, 1));

    EXPECT_NEAR(chance.upper_tail(600) / 5.3e-49, 1, 0.01);
    EXPECT_NEAR(widen_tail(chance.upper_tail(600), 20) / 5.2e-4, 1, 0.01);
}

TEST(ExactDistribution, ReadsAsImpossibleOnlyWhatIs) {
    const Stratum far{9000, 4000, 27'000, 810};
    const ExactDistribution chance(std::span(&far, 1));

    EXPECT_EQ(chance.largest(), 4810);
    EXPECT_GT(chance.upper_tail(4810), 0);
    EXPECT_EQ(chance.upper_tail(4811), 0);
    EXPECT_EQ(chance.critical_count(1e-299), 4811);
}

TEST(Worse, IsNobodyWhomTheTwoComparisonsDisagreeOn) {
    const std::vector<Stratum> shown_below{{100, 2, 100, 4}, {100, 5, 10'000, 350}};
    const std::vector<Stratum> tested_below{{100, 2, 25, 0}, {100, 3, 10'000, 350}};

    EXPECT_FALSE(is_worse(shown_below));
    EXPECT_FALSE(is_worse(tested_below));
    EXPECT_NEAR(expected_at_peers(shown_below), 7.5, 1e-12);
    EXPECT_NEAR(expected_at_peers(tested_below), 3.5, 1e-12);
}

}  // namespace
}  // namespace hrbridge::pip
