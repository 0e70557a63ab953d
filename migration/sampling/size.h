#pragma once

#include <cstdint>
#include <optional>

#include "migration/sampling/check.h"

namespace hrbridge::sampling {

// The smallest sample of `rows` rows in which a lot of `bad` bad rows shows at most `allowed` of
// them with a chance of at most `risk`. Nothing where not even a check of all rows does it: with
// bad <= allowed, or a checker who overlooks too much.
// Source: acceptance sampling by attributes for an isolated lot (type A operating characteristic,
// hypergeometric), Schilling and Neubauer: Acceptance Sampling in Quality Control, chapter 5.
std::optional<std::int64_t> smallest_sample(std::int64_t rows,
                                            std::int64_t bad,
                                            std::int64_t allowed,
                                            Share risk,
                                            Share sensitivity = {1, 1});

// The same for a lot without end of which `limit` is bad (type B, binomial). limit, risk and
// sensitivity are above 0.
std::int64_t smallest_endless_sample(Share limit,
                                     std::int64_t allowed,
                                     Share risk,
                                     Share sensitivity = {1, 1});

// The greatest number of bad rows among check.rows that is not refuted at `confidence` when `found`
// of them were found: with more, so few would be found with a chance of at most 1 - confidence. The
// found ones are in it. Whatever the truth, it is below with a chance of at most 1 - confidence.
// Source: exact one-sided bound by inverting the hypergeometric test: Buonaccorsi, The American
// Statistician 41 (1987) 215-218.
std::int64_t upper_limit(const Check& check, std::int64_t found, Share confidence);

}  // namespace hrbridge::sampling
