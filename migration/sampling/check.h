#pragma once

#include <cstdint>

#include "migration/sampling/share.h"

namespace hrbridge::sampling {

// `sample` of `rows` rows drawn without replacement and looked at by a checker who finds a bad row
// with the chance `sensitivity`, and takes no good row for a bad one. 0 <= sample <= rows <= 10^9.
struct Check {
    std::int64_t rows = 0;
    std::int64_t sample = 0;
    Share sensitivity{1, 1};
};

// The chance that at most `allowed` bad rows are found when the lot has `bad` of them, for people.
// Source: found.h.
double acceptance(const Check& check, std::int64_t bad, std::int64_t allowed);

// Whether that chance is at most `risk`: exact, also where it equals it.
bool accepts_at_most(Share risk, const Check& check, std::int64_t bad, std::int64_t allowed);

// The same for a lot without end of which `bad` is bad: the binomial distribution of the number
// found with the chance bad * sensitivity a row. Exact up to samples of 100,000; beyond, what is
// within kRounding of the risk counts as above it.
double endless_acceptance(std::int64_t sample,
                          Share bad,
                          std::int64_t allowed,
                          Share sensitivity = {1, 1});
bool endless_accepts_at_most(
    Share risk, std::int64_t sample, Share bad, std::int64_t allowed, Share sensitivity = {1, 1});

}  // namespace hrbridge::sampling
