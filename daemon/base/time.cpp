#include "daemon/base/time.h"

#include <stdexcept>

#include <date/tz.h>
#include <fmt/core.h>

namespace hrbridge::base {
namespace {

using std::chrono::microseconds;

// Two digits at `at`, or -1.
int two_digits(std::string_view text, std::size_t at) {
    const int tens = text[at] - '0';
    const int ones = text[at + 1] - '0';
    const bool digits = tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
    return digits ? (tens * 10) + ones : -1;
}

constexpr std::size_t kDateSize = 10;  // YYYY-MM-DD

std::optional<int> year_of(std::string_view text) {
    const int century = two_digits(text, 0);
    const int rest = two_digits(text, 2);
    const int year = (century * 100) + rest;
    return century < 0 || rest < 0 || year == 0 ? std::nullopt : std::optional(year);
}

struct Clocked {
    microseconds time;
    std::size_t size;  // characters read
};

// ".f{1,}" at the front of `text`.
std::optional<Clocked> read_fraction(std::string_view text) {
    constexpr std::size_t kDigits = 6;
    std::int64_t value = 0;
    std::size_t at = 1;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
        if (at <= kDigits) {
            value = (value * 10) + (text[at] - '0');
        } else if (text[at] != '0') {
            return std::nullopt;
        }
    }
    if (at == 1) {
        return std::nullopt;
    }
    for (std::size_t digit = at; digit <= kDigits; ++digit) {
        value *= 10;
    }
    return Clocked{microseconds(value), at};
}

// "HH:MM[:SS[.f]]" at the front of `text`.
std::optional<Clocked> read_clock(std::string_view text) {
    if (text.size() < 5 || text[2] != ':') {
        return std::nullopt;
    }
    const int hours = two_digits(text, 0);
    const int minutes = two_digits(text, 3);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return std::nullopt;
    }
    Clocked out{std::chrono::hours(hours) + std::chrono::minutes(minutes), 5};
    if (text.size() < 8 || text[5] != ':') {
        return out;
    }
    const int seconds = two_digits(text, 6);
    if (seconds < 0 || seconds > 59) {
        return std::nullopt;
    }
    out.time += std::chrono::seconds(seconds);
    out.size = 8;
    if (text.size() > 8 && text[8] == '.') {
        const auto fraction = read_fraction(text.substr(8));
        if (!fraction) {
            return std::nullopt;
        }
        out.time += fraction->time;
        out.size += fraction->size;
    }
    return out;
}

struct Reading {
    LocalTime time;
    std::string_view rest;
};

// A date and a time of day at the front of `text`.
std::optional<Reading> read_local_time(std::string_view text) {
    if (text.size() <= kDateSize || (text[kDateSize] != ' ' && text[kDateSize] != 'T')) {
        return std::nullopt;
    }
    const auto date = parse_date(text.substr(0, kDateSize));
    const auto clock = date ? read_clock(text.substr(kDateSize + 1)) : std::nullopt;
    if (!clock) {
        return std::nullopt;
    }
    return Reading{LocalTime(date->time_since_epoch() + clock->time),
                   text.substr(kDateSize + 1 + clock->size)};
}

// "Z", "+08" or "+08:00", east positive.
std::optional<std::chrono::minutes> read_offset(std::string_view text) {
    constexpr int kMostHours = 15;
    if (text == "Z") {
        return std::chrono::minutes(0);
    }
    if (text.size() > 1 && text.front() == ' ' && text[1] != ' ') {
        text.remove_prefix(1);
    }
    const bool with_minutes = text.size() == 6 && text[3] == ':';
    if ((text.size() != 3 && !with_minutes) || (text[0] != '+' && text[0] != '-')) {
        return std::nullopt;
    }
    const int hours = two_digits(text, 1);
    const int minutes = with_minutes ? two_digits(text, 4) : 0;
    if (hours < 0 || hours > kMostHours || minutes < 0 || minutes > 59) {
        return std::nullopt;
    }
    const auto size = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    return text[0] == '-' ? -size : size;
}

const date::time_zone& zone_of(const void* handle) {
    return *static_cast<const date::time_zone*>(handle);
}

microseconds offset_at(const void* handle, Timestamp instant) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
    return zone_of(handle).get_info(seconds).offset;
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
    if (text.size() != kDateSize || (text[4] != '-' && text[4] != '/') || text[7] != text[4]) {
        return std::nullopt;
    }
    const auto year = year_of(text);
    const int month = two_digits(text, 5);
    const int day = two_digits(text, 8);
    if (!year || month < 1 || day < 1) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    return date.ok() ? std::optional<Date>(date) : std::nullopt;
}

std::optional<LocalTime> parse_local_time(std::string_view text) {
    const auto reading = read_local_time(text);
    return reading && reading->rest.empty() ? std::optional(reading->time) : std::nullopt;
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
    const auto reading = read_local_time(text);
    const auto offset = reading ? read_offset(reading->rest) : std::nullopt;
    if (!offset) {
        return std::nullopt;
    }
    return Timestamp(reading->time.time_since_epoch() - *offset);
}

std::string to_string(Date date) {
    const std::chrono::year_month_day parts(date);
    return fmt::format("{:04}-{:02}-{:02}",
                       static_cast<int>(parts.year()),
                       static_cast<unsigned>(parts.month()),
                       static_cast<unsigned>(parts.day()));
}

std::string to_string(LocalTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::hh_mm_ss clock(time - day);
    const std::string text = fmt::format("{} {:02}:{:02}:{:02}",
                                         to_string(Date(day.time_since_epoch())),
                                         clock.hours().count(),
                                         clock.minutes().count(),
                                         clock.seconds().count());
    const auto fraction = clock.subseconds().count();
    return fraction == 0 ? text : fmt::format("{}.{:06}", text, fraction);
}

std::string to_string(Timestamp timestamp) {
    return to_string(LocalTime(timestamp.time_since_epoch())) + "Z";
}

std::optional<Zone> Zone::find(std::string_view name) {
    if (name == "UTC") {
        return utc();
    }
    try {
        return Zone(std::string(name), date::locate_zone(std::string(name)));
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

Zone Zone::utc() {
    return {"UTC", nullptr};
}

Timestamp Zone::to_instant(LocalTime local) const {
    if (handle_ == nullptr) {
        return Timestamp(local.time_since_epoch());
    }
    const date::local_time<std::chrono::seconds> seconds(
        std::chrono::floor<std::chrono::seconds>(local.time_since_epoch()));
    const date::local_info info = zone_of(handle_).get_info(seconds);
    if (info.result == date::local_info::nonexistent) {
        return info.first.end;
    }
    return Timestamp(local.time_since_epoch() - info.first.offset);
}

LocalTime Zone::to_local(Timestamp instant) const {
    const microseconds offset = handle_ == nullptr ? microseconds(0) : offset_at(handle_, instant);
    return LocalTime(instant.time_since_epoch() + offset);
}

std::string Zone::minute_text(Timestamp instant) const {
    constexpr std::size_t kMinute = 16;
    const LocalTime local = to_local(instant);
    const auto offset = std::chrono::duration_cast<std::chrono::minutes>(
        local.time_since_epoch() - instant.time_since_epoch());
    const std::chrono::hh_mm_ss clock(offset);
    return fmt::format("{} {}{:02}:{:02}",
                       to_string(local).substr(0, kMinute),
                       clock.is_negative() ? '-' : '+',
                       clock.hours().count(),
                       clock.minutes().count());
}

Date Zone::date_of(Timestamp instant) const {
    return Date(std::chrono::floor<std::chrono::days>(to_local(instant).time_since_epoch()));
}

}  // namespace hrbridge::base
