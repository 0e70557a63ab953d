#include "daemon/pip/exact_distribution.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <boost/math/special_functions/gamma.hpp>

#include "daemon/base/decimal.h"

namespace hrbridge::pip {

namespace {

// Terms below this share of the largest one are left out.
constexpr double kNegligible = 1e-300;
// More than all that is left out together: what is below cannot be told apart. Such a tail must not
// read as 0, which no over-dispersion widens.
constexpr double kSmallest = 1e-290;
// Pieces; a sum of fractions is equal to a whole number when it is nearer than this.
constexpr double kEqual = 1e-9;

double at_peers_rate(const Stratum& s) {
    return static_cast<double>(s.n) * static_cast<double>(s.peer_bad) /
           static_cast<double>(s.peer_n);
}

// What falls to the person of what he and his peers made bad together.
double share_of_total(const Stratum& s) {
    return static_cast<double>(s.bad + s.peer_bad) * static_cast<double>(s.n) /
           static_cast<double>(s.n + s.peer_n);
}

struct Weights {
    std::int64_t first = 0;
    std::vector<double> terms;
};

double log_choose(std::int64_t n, std::int64_t k) {
    const auto top = static_cast<double>(n);
    const auto bottom = static_cast<double>(k);
    return boost::math::lgamma(top + 1) - boost::math::lgamma(bottom + 1) -
           boost::math::lgamma(top - bottom + 1);
}

// P(count + 1) / P(count)
double ratio(const Stratum& s, std::int64_t count) {
    const std::int64_t total = s.bad + s.peer_bad;
    return static_cast<double>(total - count) * static_cast<double>(s.n - count) /
           (static_cast<double>(count + 1) * static_cast<double>(s.peer_n - total + count + 1));
}

Weights hypergeometric(const Stratum& s) {
    const std::int64_t total = s.bad + s.peer_bad;
    const std::int64_t all = s.n + s.peer_n;
    const std::int64_t low = std::max<std::int64_t>(0, total - s.peer_n);
    const std::int64_t high = std::min(total, s.n);
    const auto mode =
        static_cast<std::int64_t>(static_cast<double>(total + 1) * static_cast<double>(s.n + 1) /
                                  static_cast<double>(all + 2));
    const std::int64_t start = std::clamp(mode, low, high);
    const double peak = std::exp(log_choose(s.n, start) + log_choose(s.peer_n, total - start) -
                                 log_choose(all, total));
    Weights weights;
    for (std::int64_t count = start; count > low;) {
        --count;
        const double last = weights.terms.empty() ? peak : weights.terms.back();
        const double term = last / ratio(s, count);
        if (term < peak * kNegligible) {
            break;
        }
        weights.terms.push_back(term);
    }
    std::reverse(weights.terms.begin(), weights.terms.end());
    weights.first = start - static_cast<std::int64_t>(weights.terms.size());
    weights.terms.push_back(peak);
    for (std::int64_t count = start; count < high; ++count) {
        const double term = weights.terms.back() * ratio(s, count);
        if (term < peak * kNegligible) {
            break;
        }
        weights.terms.push_back(term);
    }
    return weights;
}

void trim(Weights& weights) {
    const double least =
        *std::max_element(weights.terms.begin(), weights.terms.end()) * kNegligible;
    const auto counts = [least](double term) { return term >= least; };
    const auto first = std::find_if(weights.terms.begin(), weights.terms.end(), counts);
    const auto last = std::find_if(weights.terms.rbegin(), weights.terms.rend(), counts).base();
    weights.first += first - weights.terms.begin();
    weights.terms = std::vector<double>(first, last);
}

Weights sum_of(const Weights& a, const Weights& b) {
    Weights result;
    result.first = a.first + b.first;
    result.terms.assign(a.terms.size() + b.terms.size() - 1, 0.0);
    for (std::size_t i = 0; i < a.terms.size(); ++i) {
        const double left = a.terms[i];
        double* row = result.terms.data() + i;
        for (std::size_t j = 0; j < b.terms.size(); ++j) {
            row[j] += left * b.terms[j];
        }
    }
    trim(result);
    return result;
}

}  // namespace

ExactDistribution::ExactDistribution(std::span<const Stratum> strata) {
    Weights weights{0, {1.0}};
    for (const Stratum& s : strata) {
        weights = sum_of(weights, hypergeometric(s));
        const auto n = static_cast<double>(s.n);
        const auto peer_n = static_cast<double>(s.peer_n);
        const auto total = static_cast<double>(s.bad + s.peer_bad);
        const double all = n + peer_n;
        mean_ += share_of_total(s);
        variance_ += total * (n / all) * (peer_n / all) * (all - total) / std::max(1.0, all - 1);
        weight_ += n * peer_n / all;
        largest_ += std::min(s.bad + s.peer_bad, s.n);
    }
    first_ = weights.first;
    tails_ = std::move(weights.terms);
    for (std::size_t i = tails_.size() - 1; i > 0; --i) {
        tails_[i - 1] += tails_[i];
    }
}

double ExactDistribution::upper_tail(std::int64_t count) const {
    if (count <= first_) {
        return 1.0;
    }
    if (count > largest_) {
        return 0.0;
    }
    const auto place = static_cast<std::size_t>(count - first_);
    return place < tails_.size() ? std::clamp(tails_[place], kSmallest, 1.0) : kSmallest;
}

std::int64_t ExactDistribution::critical_count(double tail) const {
    std::int64_t count = std::max(first_, static_cast<std::int64_t>(std::floor(mean_)) + 1);
    while (upper_tail(count) > tail) {
        ++count;
    }
    return count;
}

double hypergeometric_upper_tail(const Stratum& stratum, std::int64_t count) {
    return ExactDistribution(std::span(&stratum, 1)).upper_tail(count);
}

double expected_at_peers(std::span<const Stratum> strata) {
    double expected = 0;
    for (const Stratum& s : strata) {
        expected += at_peers_rate(s);
    }
    return expected;
}

bool is_worse(std::span<const Stratum> strata) {
    if (strata.size() == 1) {
        const Stratum& s = strata.front();
        return static_cast<base::Int128>(s.bad) * s.peer_n >
               static_cast<base::Int128>(s.peer_bad) * s.n;
    }
    std::int64_t bad = 0;
    double mean = 0;
    for (const Stratum& s : strata) {
        bad += s.bad;
        mean += share_of_total(s);
    }
    return static_cast<double>(bad) > std::max(mean, expected_at_peers(strata)) + kEqual;
}

double chance_of_worse(std::span<const Stratum> strata) {
    if (strata.size() == 1) {
        const Stratum& s = strata.front();
        const auto product = static_cast<base::Int128>(s.bad + s.peer_bad) * s.n;
        return hypergeometric_upper_tail(s,
                                         static_cast<std::int64_t>(product / (s.n + s.peer_n)) + 1);
    }
    const ExactDistribution chance(strata);
    return chance.upper_tail(static_cast<std::int64_t>(std::floor(chance.mean() + kEqual)) + 1);
}

}  // namespace hrbridge::pip
