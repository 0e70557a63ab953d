#include "daemon/pip/stats.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>

namespace hrbridge::pip {

namespace {

using boost::math::binomial;
using boost::math::complement;
using boost::math::normal;

// 0.08 * 150 is a little more than 12 in binary; a share of exactly 12/150 still counts.
std::int64_t smallest_count(double share, std::int64_t n) {
    return static_cast<std::int64_t>(std::ceil(share * static_cast<double>(n) - 1e-9));
}

bool proves(double p0, double p1, double alpha, std::int64_t n) {
    return binomial_upper_tail(n, smallest_count(p1, n), p0) < alpha;
}

double quantile_of(const std::vector<double>& sorted, double share) {
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

// The second moment of a standard normal deviate whose outer `share` on each side is pulled in.
double winsorised_normal_moment(double share) {
    const double c = boost::math::quantile(complement(normal(), share));
    return 1.0 - 2.0 * share - 2.0 * c * boost::math::pdf(normal(), c) + 2.0 * share * c * c;
}

}  // namespace

double binomial_upper_tail(std::int64_t n, std::int64_t k, double p) {
    if (k <= 0) {
        return 1.0;
    }
    if (k > n || p <= 0.0) {
        return 0.0;
    }
    if (p >= 1.0) {
        return 1.0;
    }
    const binomial distribution(static_cast<double>(n), p);
    return boost::math::cdf(complement(distribution, static_cast<double>(k - 1)));
}

Interval clopper_pearson(std::int64_t k, std::int64_t n, double confidence) {
    if (n <= 0) {
        return {};
    }
    const double side = (1.0 - confidence) / 2.0;
    const auto trials = static_cast<double>(n);
    const auto successes = static_cast<double>(k);
    return {binomial::find_lower_bound_on_p(trials, successes, side),
            binomial::find_upper_bound_on_p(trials, successes, side)};
}

Interval wilson(std::int64_t k, std::int64_t n, double confidence) {
    if (n <= 0) {
        return {};
    }
    const double z = boost::math::quantile(complement(normal(), (1.0 - confidence) / 2.0));
    const auto trials = static_cast<double>(n);
    const double share = static_cast<double>(k) / trials;
    const double scale = 1.0 + z * z / trials;
    const double middle = (share + z * z / (2.0 * trials)) / scale;
    const double half =
        z * std::sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials * trials)) / scale;
    return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

std::optional<std::int64_t> minimum_n(double p0, double p1, double alpha, std::int64_t limit) {
    if (p1 <= p0) {
        return std::nullopt;
    }
    for (std::int64_t n = 1; n <= limit; ++n) {
        if (proves(p0, p1, alpha, n)) {
            return n;
        }
    }
    return std::nullopt;
}

std::optional<std::int64_t> safe_n(double p0, double p1, double alpha, std::int64_t limit) {
    if (p1 <= p0 || !proves(p0, p1, alpha, limit)) {
        return std::nullopt;
    }
    std::int64_t n = limit;
    while (n > 1 && proves(p0, p1, alpha, n - 1)) {
        --n;
    }
    return n;
}

double winsorised_dispersion(std::vector<double> residuals, double share) {
    constexpr std::size_t kFewest = 10;
    if (residuals.size() < kFewest) {
        return 1.0;
    }
    std::sort(residuals.begin(), residuals.end());
    const double low = quantile_of(residuals, share);
    const double high = quantile_of(residuals, 1.0 - share);
    const double sum = std::accumulate(
        residuals.begin(), residuals.end(), 0.0, [low, high](double total, double residual) {
            const double pulled = std::clamp(residual, low, high);
            return total + pulled * pulled;
        });
    return sum / static_cast<double>(residuals.size()) / winsorised_normal_moment(share);
}

double widen_tail(double tail, double phi) {
    if (phi <= 1.0 || tail <= 0.0 || tail >= 1.0) {
        return tail;
    }
    const double deviate = boost::math::quantile(complement(normal(), tail));
    return boost::math::cdf(complement(normal(), deviate / std::sqrt(phi)));
}

}  // namespace hrbridge::pip
