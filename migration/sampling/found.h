#pragma once

#include <cstdint>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include "migration/sampling/check.h"

namespace hrbridge::sampling {

using Integer = boost::multiprecision::cpp_int;

// How far, relative to itself, a chance computed in floating point may be from the truth; several
// hundred times what the arithmetic below can lose for lots of up to 10^9 rows. Whatever is nearer
// than this to the risk that it is compared with is computed again exactly.
inline constexpr double kRounding = 1e-10;

// P(found = 0), ..., P(found = most) for a lot that has `bad` bad rows: the hypergeometric number
// of bad rows in the sample, each found with the checker's sensitivity on its own
//   P(found = y) = sum over x of C(D, x) C(N-D, n-x) / C(N, n) * C(x, y) s^y (1-s)^(x-y)
// (Johnson, Kotz, Kemp: Univariate Discrete Distributions, 6.2 and 6.11: imperfect inspection).
std::vector<double> chances_found(const Check& check, std::int64_t bad, std::int64_t most);

// The same as exact fractions: parts[y] of `of`, which is as small a number as there is.
struct ExactChances {
    std::vector<Integer> parts;
    Integer of;
};
ExactChances exact_chances_found(const Check& check, std::int64_t bad, std::int64_t most);

// The same as parts of a number that does not depend on the bad rows, C(N, n) and the sensitivity's
// `of` to the power of n, so that chances of several lots add up without fractions.
ExactChances exact_chances_of_sample(const Check& check, std::int64_t bad, std::int64_t most);

Integer choose(std::int64_t from, std::int64_t count);
Integer power(Integer base, std::int64_t exponent);

}  // namespace hrbridge::sampling
