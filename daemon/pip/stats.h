#pragma once

#include <cstdint>
#include <optional>
#include <vector>

// Exact statistics of counts. Pure functions; shares are 0..1.
namespace hrbridge::pip {

struct Interval {
    double low = 0;
    double high = 1;
};

// P(X >= k) for X ~ Binomial(n, p).
double binomial_upper_tail(std::int64_t n, std::int64_t k, double p);

// Two-sided; `confidence` such as 0.95. n = 0 gives [0, 1].
Interval clopper_pearson(std::int64_t k, std::int64_t n, double confidence);
Interval wilson(std::int64_t k, std::int64_t n, double confidence);

// The smallest n at which a share of at least `p1` has an upper tail below `alpha` when the true
// share is `p0`; nullopt when p1 <= p0 or no n up to `limit` does.
std::optional<std::int64_t> minimum_n(double p0, double p1, double alpha, std::int64_t limit);
// The smallest n from which on this holds for every n up to `limit`; the steps of a discrete
// distribution let it fail again for a while after minimum_n().
std::optional<std::int64_t> safe_n(double p0, double p1, double alpha, std::int64_t limit);

// Over-dispersion: the mean of the squared standardised residuals after the outer `share` on each
// side were pulled in to the quantiles (Spiegelhalter 2005), so that the few people a rule is
// looking for do not hide themselves. Divided by what winsorising takes from normal residuals, so
// that it is 1 on average when people differ by chance alone. 1 for fewer than 10 residuals.
double winsorised_dispersion(std::vector<double> residuals, double share);

// The tail probability after limits were widened by sqrt(phi) (phi > 1; else unchanged): the
// exact tail as a normal deviate, divided by sqrt(phi). Exact for phi = 1.
double widen_tail(double tail, double phi);

}  // namespace hrbridge::pip
