#pragma once

#include <cstdint>

namespace hrbridge::sampling {

// The smallest number in (below, holds] for which `test` holds; it holds at `holds`, not at
// `below`, and once it holds it holds for all greater ones.
template <class Test>
std::int64_t first_that_holds(std::int64_t below, std::int64_t holds, const Test& test) {
    while (holds - below > 1) {
        const std::int64_t middle = below + (holds - below) / 2;
        (test(middle) ? holds : below) = middle;
    }
    return holds;
}

// The same without a known upper end: steps from `below` grow until one holds or `most` is passed;
// most + 1 where none does.
template <class Test>
std::int64_t first_that_holds_after(std::int64_t below, std::int64_t most, const Test& test) {
    for (std::int64_t step = 1; below < most; step *= 2) {
        const std::int64_t next = step < most - below ? below + step : most;
        if (test(next)) {
            return first_that_holds(below, next, test);
        }
        below = next;
    }
    return most + 1;
}

// The same, looked for on both sides of a guess between `below` and `most`.
template <class Test>
std::int64_t first_that_holds_near(std::int64_t below,
                                   std::int64_t most,
                                   std::int64_t guess,
                                   const Test& test) {
    if (guess <= below || !test(guess)) {
        return first_that_holds_after(guess <= below ? below : guess, most, test);
    }
    std::int64_t holds = guess;
    for (std::int64_t step = 1; holds - below > step; step *= 2) {
        if (!test(holds - step)) {
            return first_that_holds(holds - step, holds, test);
        }
        holds -= step;
    }
    return first_that_holds(below, holds, test);
}

}  // namespace hrbridge::sampling
