#include "daemon/pip/streak_chance.h"

#include <cstddef>
#include <vector>

#include "daemon/pip/months.h"

namespace hrbridge::pip {

namespace {

bool is_tight(std::span<const MonthChance> months, std::size_t last, int length, int max_missing) {
    const auto needed = static_cast<std::size_t>(length);
    if (last + 1 < needed) {
        return false;
    }
    return months_between(months[last + 1 - needed].month, months[last].month) <
           length + max_missing;
}

}  // namespace

double chance_of_streak_now(std::span<const MonthChance> months, int length, int max_missing) {
    if (months.empty() || !is_tight(months, months.size() - 1, length, max_missing)) {
        return 0.0;
    }
    double chance = 1.0;
    for (const MonthChance& month : months.last(static_cast<std::size_t>(length))) {
        chance *= month.worse;
    }
    return chance;
}

double chance_of_any_streak(std::span<const MonthChance> months, int length, int max_missing) {
    // A state is the outcomes of the last length - 1 observed months, one bit each, 1 for worse.
    const std::size_t states = std::size_t{1} << static_cast<unsigned>(length - 1);
    const std::size_t all_worse = states - 1;
    std::vector<double> now(states, 0.0);
    now[0] = 1.0;
    double found = 0.0;
    for (std::size_t i = 0; i < months.size(); ++i) {
        std::vector<double> next(states, 0.0);
        const bool tight = is_tight(months, i, length, max_missing);
        for (std::size_t state = 0; state < states; ++state) {
            const std::size_t shifted = (state << 1U) & all_worse;
            next[shifted] += now[state] * (1.0 - months[i].worse);
            const double worse = now[state] * months[i].worse;
            if (state == all_worse && tight) {
                found += worse;
            } else {
                next[(shifted | 1U) & all_worse] += worse;
            }
        }
        now = std::move(next);
    }
    return found;
}

}  // namespace hrbridge::pip
