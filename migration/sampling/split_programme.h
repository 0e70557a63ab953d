#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hrbridge::sampling {

// table[found][lumps]: the chance (or its parts of a number that is the same for all) of so many
// found in a stratum that holds so many lumps of bad rows. As many columns as the stratum can hold.
template <class Number>
using FoundTable = std::vector<std::vector<Number>>;

// sums[i] += factor * numbers[i]
template <class Number>
void add_product(const Number& factor, const Number* numbers, std::size_t count, Number* sums) {
    for (std::size_t i = 0; i < count; ++i) {
        sums[i] += factor * numbers[i];
    }
}

// numbers[i] = max(numbers[i], others[i])
template <class Number>
void raise_to(const Number* others, std::size_t count, Number* numbers) {
    for (std::size_t i = 0; i < count; ++i) {
        numbers[i] = numbers[i] < others[i] ? others[i] : numbers[i];
    }
}

// What `best`, for the strata before, becomes with one more; the same shape.
template <class Number>
FoundTable<Number> with_stratum(const FoundTable<Number>& table, const FoundTable<Number>& best) {
    const std::size_t width = best.front().size();
    const std::size_t holds = std::min(width, table.front().size());
    FoundTable<Number> next(best.size(), std::vector<Number>(width, Number(0)));
    std::vector<Number> chances(width);
    for (std::size_t rest = 0; rest < best.size(); ++rest) {
        for (std::size_t here = 0; here < holds; ++here) {
            const std::size_t others = width - here;
            std::fill_n(chances.begin(), others, Number(0));
            for (std::size_t found = 0; found <= rest; ++found) {
                add_product(table[found][here], best[rest - found].data(), others, chances.data());
            }
            raise_to(chances.data(), others, next[rest].data() + here);
        }
    }
    return next;
}

// best[b]: the greatest chance of at most `allowed` found that lumps of bad rows, b in all, can
// reach when they are put into one stratum after the other, each time with what was found so far
// known. Who must fix the split beforehand reaches no more.
//   V(no stratum left; 0, r) = 1
//   V(h; b, r) = max over d of sum over x <= r of P(x found | d in h) V(h+1; b-d, r-x)
// Adds strata * lumps^2 * (allowed+1)(allowed+2) / 4 products.
template <class Number>
std::vector<Number> best_placement(const std::vector<const FoundTable<Number>*>& strata,
                                   std::int64_t allowed,
                                   std::int64_t lumps) {
    FoundTable<Number> best(static_cast<std::size_t>(allowed) + 1,
                            std::vector<Number>(static_cast<std::size_t>(lumps) + 1, Number(0)));
    for (auto& row : best) {
        row[0] = 1;
    }
    for (const FoundTable<Number>* table : strata) {
        best = with_stratum(*table, best);
    }
    return best.back();
}

}  // namespace hrbridge::sampling
