#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "migration/sampling/check.h"

// Counts what the library computes in closed form, by other means.
namespace hrbridge::sampling {

// P(found = y) by adding rows one by one: each row of the lot is bad or good, in the sample or not.
inline std::vector<double> found_row_by_row(const Check& check, std::int64_t bad) {
    // chance[x]: x of the bad rows so far are in the sample.
    std::vector<double> chance(static_cast<std::size_t>(bad) + 1, 0.0);
    chance[0] = 1;
    for (std::int64_t row = 0; row < bad; ++row) {
        for (std::int64_t x = row; x >= 0; --x) {
            const double seen =
                static_cast<double>(check.sample - x) / static_cast<double>(check.rows - row);
            const double moved = chance[static_cast<std::size_t>(x)] * seen;
            chance[static_cast<std::size_t>(x) + 1] += moved;
            chance[static_cast<std::size_t>(x)] -= moved;
        }
    }
    std::vector<double> found(chance.size(), 0.0);
    std::vector<double> hits(chance.size(), 0.0);
    hits[0] = 1;
    for (std::size_t x = 0; x < chance.size(); ++x) {
        for (std::size_t y = 0; y <= x; ++y) {
            found[y] += chance[x] * hits[y];
        }
        for (std::size_t y = x + 1; y > 0 && x + 1 < hits.size(); --y) {
            hits[y] = hits[y] * check.sensitivity.rest().value() +
                      hits[y - 1] * check.sensitivity.value();
        }
        hits[0] *= check.sensitivity.rest().value();
    }
    return found;
}

// The chance of at most `allowed` found when bad[h] bad rows lie in stratum h.
inline double split_acceptance(const std::vector<Check>& strata,
                               const std::vector<std::int64_t>& bad,
                               std::int64_t allowed) {
    std::vector<double> total{1.0};
    for (std::size_t h = 0; h < strata.size(); ++h) {
        const auto found = found_row_by_row(strata[h], bad[h]);
        std::vector<double> sum(total.size() + found.size() - 1, 0.0);
        for (std::size_t i = 0; i < total.size(); ++i) {
            for (std::size_t j = 0; j < found.size(); ++j) {
                sum[i + j] += total[i] * found[j];
            }
        }
        total = sum;
    }
    double chance = 0;
    for (std::size_t i = 0; i < total.size() && i <= static_cast<std::size_t>(allowed); ++i) {
        chance += total[i];
    }
    return chance;
}

inline void try_splits(const std::vector<Check>& strata,
                       std::vector<std::int64_t>& bad,
                       std::size_t stratum,
                       std::int64_t left,
                       std::int64_t allowed,
                       double& worst) {
    if (stratum + 1 == strata.size()) {
        if (left <= strata[stratum].rows) {
            bad[stratum] = left;
            worst = std::max(worst, split_acceptance(strata, bad, allowed));
        }
        return;
    }
    for (std::int64_t here = 0; here <= std::min(left, strata[stratum].rows); ++here) {
        bad[stratum] = here;
        try_splits(strata, bad, stratum + 1, left - here, allowed, worst);
    }
}

inline double worst_of_all_splits(const std::vector<Check>& strata,
                                  std::int64_t bad,
                                  std::int64_t allowed) {
    std::vector<std::int64_t> split(strata.size(), 0);
    double worst = 0;
    try_splits(strata, split, 0, bad, allowed, worst);
    return worst;
}

// Rows and samples of a few strata, small enough for every split to be tried.
inline std::vector<std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>>>
small_stratifications() {
    return {{{12, 12}, {5, 6}},
            {{20, 5}, {8, 1}},
            {{10, 10, 10}, {1, 1, 1}},
            {{14, 9, 3}, {6, 4, 1}},
            {{8, 8, 8}, {3, 3, 4}},
            {{7, 6, 5, 4}, {3, 2, 2, 1}},
            {{6, 6, 6}, {6, 6, 6}}};
}

}  // namespace hrbridge::sampling
