#include "migration/sampling/check.h"

#include <algorithm>
#include <numeric>

#include <boost/math/distributions/binomial.hpp>

#include "migration/sampling/found.h"

namespace hrbridge::sampling {
namespace {

constexpr std::int64_t kMostExactSample = 100'000;

bool exactly_at_most(Share risk, const Check& check, std::int64_t bad, std::int64_t allowed) {
    const ExactChances chances = exact_chances_found(check, bad, allowed);
    const Integer sum = std::accumulate(chances.parts.begin(), chances.parts.end(), Integer(0));
    return sum * risk.of <= chances.of * risk.parts;
}

bool endless_exactly_at_most(
    Share risk, std::int64_t sample, const Integer& hit, const Integer& of, std::int64_t allowed) {
    const Integer miss = of - hit;
    Integer sum = 0;
    Integer hits = 1;
    for (std::int64_t y = 0; y <= allowed; ++y) {
        sum += choose(sample, y) * hits * power(miss, sample - y);
        hits *= hit;
    }
    return sum * risk.of <= power(of, sample) * risk.parts;
}

}  // namespace

double acceptance(const Check& check, std::int64_t bad, std::int64_t allowed) {
    const std::int64_t most = std::min({allowed, check.sample, bad});
    if (most == std::min(check.sample, bad)) {
        return 1;
    }
    const auto chances = chances_found(check, bad, most);
    return std::accumulate(chances.begin(), chances.end(), 0.0);
}

bool accepts_at_most(Share risk, const Check& check, std::int64_t bad, std::int64_t allowed) {
    if (allowed >= std::min(check.sample, bad)) {
        return risk.is_one();
    }
    const double chance = acceptance(check, bad, allowed);
    if (chance < risk.value() * (1 - kRounding)) {
        return true;
    }
    if (chance > risk.value() * (1 + kRounding)) {
        return false;
    }
    return exactly_at_most(risk, check, bad, allowed);
}

double endless_acceptance(std::int64_t sample, Share bad, std::int64_t allowed, Share sensitivity) {
    if (allowed >= sample) {
        return 1;
    }
    return boost::math::cdf(boost::math::binomial_distribution<double>(
                                static_cast<double>(sample), bad.value() * sensitivity.value()),
                            static_cast<double>(allowed));
}

bool endless_accepts_at_most(
    Share risk, std::int64_t sample, Share bad, std::int64_t allowed, Share sensitivity) {
    if (allowed >= sample) {
        return risk.is_one();
    }
    const double chance = endless_acceptance(sample, bad, allowed, sensitivity);
    if (chance < risk.value() * (1 - kRounding)) {
        return true;
    }
    if (chance > risk.value() * (1 + kRounding) || sample > kMostExactSample) {
        return false;
    }
    return endless_exactly_at_most(risk,
                                   sample,
                                   Integer(bad.parts) * sensitivity.parts,
                                   Integer(bad.of) * sensitivity.of,
                                   allowed);
}

}  // namespace hrbridge::sampling
