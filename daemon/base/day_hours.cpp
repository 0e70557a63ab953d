#include "daemon/base/day_hours.h"

#include <charconv>

namespace hrbridge::base {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::size_t kClockSize = 5;  // "22:00"

std::optional<int> two_digits(std::string_view text) {
    int number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && rest == end && number >= 0 ? std::optional(number)
                                                              : std::nullopt;
}

std::optional<minutes> clock_of(std::string_view text) {
    const auto hour = two_digits(text.substr(0, 2));
    const auto minute = two_digits(text.substr(3));
    if (!hour || !minute || text[2] != ':' || *minute > 59) {
        return std::nullopt;
    }
    const minutes clock = hours(*hour) + minutes(*minute);
    return clock <= hours(24) ? std::optional(clock) : std::nullopt;
}

}  // namespace

std::optional<DayHours> DayHours::parse(std::string_view text) {
    if (text.size() != 2 * kClockSize + 1 || text[kClockSize] != '-') {
        return std::nullopt;
    }
    const auto begin = clock_of(text.substr(0, kClockSize));
    const auto end = clock_of(text.substr(kClockSize + 1));
    if (!begin || !end || *begin == *end) {
        return std::nullopt;
    }
    return DayHours(*begin, *end);
}

bool DayHours::contains(LocalTime time) const {
    const auto clock = time - std::chrono::floor<std::chrono::days>(time);
    return begin_ < end_ ? clock >= begin_ && clock < end_ : clock >= begin_ || clock < end_;
}

}  // namespace hrbridge::base
