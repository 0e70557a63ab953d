#pragma once

#include <span>

#include "daemon/base/time.h"

namespace hrbridge::pip {

// One month in which a person was observed, and the probability that chance alone puts him on the
// worse side of his peers in it.
struct MonthChance {
    base::Date month;
    double worse = 0.5;
};

// The probability that the newest `length` observed months, ending with the last of `months`, are
// all worse and span at most `length + max_missing` calendar months. 0 when there are not enough
// months. Months ascend; they are independent given each month's total.
double chance_of_streak_now(std::span<const MonthChance> months, int length, int max_missing);

// The probability of at least one such streak anywhere in `months`, exact, by dynamic programming
// over the outcomes of the last length - 1 months. 1 <= length <= 12.
double chance_of_any_streak(std::span<const MonthChance> months, int length, int max_missing);

}  // namespace hrbridge::pip
