#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hrbridge::pip {

// One month of one person at one operation beside the peers of that month and operation, the person
// left out. Counts of bad pieces among all pieces, so that more is worse.
struct Stratum {
    std::int64_t n = 0;
    std::int64_t bad = 0;
    std::int64_t peer_n = 0;
    std::int64_t peer_bad = 0;
};

// The distribution of a person's total of bad pieces when he works at his peers' rate, given the
// total of bad pieces in the group of each month and operation: the sum of independent
// hypergeometric counts.
//
// Why conditional and not binomial against the peers' rate: the peers' rate is itself an estimate.
// Taken as known, a group of few pieces makes chance look like evidence. Given the total, the
// unknown common rate drops out and the level holds exactly for any group size (Fisher's test, with
// months and operations as strata, so that a bad month of the whole group, or an operation at which
// more goes wrong than at others, accuses nobody in it).
class ExactDistribution {
  public:
    // n > 0 and peer_n > 0 in every stratum, bad <= n, peer_bad <= peer_n.
    explicit ExactDistribution(std::span<const Stratum> strata);

    // P(total >= count); 0 only where the count cannot be, a smaller probability than 1e-290 reads
    // as 1e-290.
    double upper_tail(std::int64_t count) const;
    // The smallest count above the mean whose upper tail is at most `tail`; one more than the
    // largest possible count when there is none.
    std::int64_t critical_count(double tail) const;
    std::int64_t largest() const { return largest_; }  // count that can be
    double mean() const { return mean_; }
    double variance() const { return variance_; }
    // Sum of n * peer_n / (n + peer_n): (count - mean) / weight is the Mantel-Haenszel difference
    // of the rates, which for one stratum is the person's rate minus the peers' rate.
    double weight() const { return weight_; }

  private:
    std::int64_t first_ = 0;     // the count of tails_[0]
    std::vector<double> tails_;  // upper tails; before first_ it is 1
    std::int64_t largest_ = 0;
    double mean_ = 0;
    double variance_ = 0;
    double weight_ = 0;
};

// Hypergeometric: P(X >= count) for one stratum.
double hypergeometric_upper_tail(const Stratum& stratum, std::int64_t count);
// The person's bad pieces at his peers' rate of each stratum: the comparison that people are shown,
// at the person's own mix.
double expected_at_peers(std::span<const Stratum> strata);
// Whether the person made strictly more bad pieces than his share of the totals and than his peers'
// rates give, over the strata of one month: the two weigh strata differently, and where they
// disagree nobody is worse. For one stratum they are the same: whether his rate is above the
// peers'. Exact for one stratum, to a billionth of a piece for several.
bool is_worse(std::span<const Stratum> strata);
// P(is_worse) at most, when the person and his peers have the same true rate in each stratum; exact
// for one stratum.
double chance_of_worse(std::span<const Stratum> strata);

}  // namespace hrbridge::pip
