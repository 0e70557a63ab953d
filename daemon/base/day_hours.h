#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "daemon/base/time.h"

namespace hrbridge::base {

// Hours of a day on a wall clock, the same every day: "22:00-06:00", the end not counted. Hours
// that end before they begin go over midnight; "00:00-24:00" is always.
class DayHours {
  public:
    // nullopt for anything else, also for hours that end where they begin.
    static std::optional<DayHours> parse(std::string_view text);

    bool contains(LocalTime time) const;

  private:
    DayHours(std::chrono::minutes begin, std::chrono::minutes end) : begin_(begin), end_(end) {}

    std::chrono::minutes begin_;  // of the day
    std::chrono::minutes end_;
};

}  // namespace hrbridge::base
