#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "daemon/base/result.h"
#include "migration/sampling/check.h"

namespace hrbridge::sampling {

// What a check must be able to show. A lot that is not stratified is one stratum.
struct PlanRequest {
    std::vector<std::int64_t> strata;  // rows of each
    Share limit;                       // the share of bad rows that must not be accepted
    Share confidence;                  // of not accepting it
    std::int64_t allowed = 0;          // Ac: found bad rows with which the lot is still accepted
    Share sensitivity{1, 1};           // of the checker
};

struct Plan {
    std::int64_t rows = 0;
    std::int64_t bad = 0;  // the fewest bad rows at the limit
    std::int64_t allowed = 0;
    std::int64_t unstratified = 0;  // what the plain formula asks for
    std::int64_t sample = 0;  // with it the worst split of the bad rows over the strata holds too
    std::vector<std::int64_t> strata;  // the sample's rows of each; they add up to `sample`
    double acceptance = 0;  // of `bad` bad rows in their worst split: at most 1 - confidence
};

// `sample` rows shared out over the strata in proportion to their rows, at least one from each that
// has rows: the next row always goes to the stratum of which the smallest share is taken, the
// earlier one of equals (Adams' divisor method: no other has a greater smallest share, which is
// where the worst split lies; Balinski and Young: Fair Representation, 1982). A larger sample never
// takes fewer rows of a stratum, so a sample that grows keeps all it had.
// `sample` is at least the number of strata that have rows, and at most all rows.
std::vector<std::int64_t> share_out(std::span<const std::int64_t> strata, std::int64_t sample);

// The smallest sample, shared out like this, that accepts a lot at the limit with a chance of at
// most 1 - confidence, however its bad rows lie. A fault where not even a check of all rows does,
// or the request is none.
// A guess of the sample changes only how long it takes.
base::Result<Plan> make_plan(const PlanRequest& request, std::int64_t guess = 0);

// What can be said after the check.
struct UpperLimit {
    std::int64_t unstratified = 0;
    std::int64_t worst_split = 0;  // the one that holds for a stratified sample; never smaller
};

// `strata` is what was checked; all have the same sensitivity. See size.h and worst_split.h.
UpperLimit upper_limit(std::span<const Check> strata, std::int64_t found, Share confidence);

}  // namespace hrbridge::sampling
