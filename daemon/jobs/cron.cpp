#include "daemon/jobs/cron.h"

#include <array>
#include <charconv>
#include <chrono>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::jobs {
namespace {

using base::Fault;
using base::Result;

struct FieldSpec {
    std::string_view name;
    int low;
    int high;
    std::span<const std::string_view> names;  // of low, low + 1 …
};

constexpr std::array<std::string_view, 12> kMonths{
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{
    "sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNicknames{{
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
    {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
}};

constexpr FieldSpec kMinute{"minute", 0, 59, {}};
constexpr FieldSpec kHour{"hour", 0, 23, {}};
constexpr FieldSpec kDay{"day of the month", 1, 31, {}};
constexpr FieldSpec kMonth{"month", 1, 12, kMonths};
constexpr FieldSpec kWeekday{"day of the week", 0, 7, kWeekdays};

constexpr std::uint64_t bit(int value) {
    return std::uint64_t{1} << static_cast<unsigned>(value);
}

constexpr std::uint64_t bits(int low, int high, int step = 1) {
    std::uint64_t set = 0;
    for (int value = low; value <= high; value += step) {
        set |= bit(value);
    }
    return set;
}

constexpr std::uint64_t kAllHours = bits(0, 23);
constexpr std::uint64_t kAllDays = bits(1, 31);
constexpr std::uint64_t kAllWeekdays = bits(0, 6);
// Feb 29 is up to 8 years away from the next one.
constexpr int kDaysToSearch = 9 * 366;

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.front() == '-') {
        return std::nullopt;
    }
    return value;
}

std::optional<int> value_of(const FieldSpec& spec, std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const std::string lower = base::to_lower_ascii(text);
    for (std::size_t i = 0; i < spec.names.size(); ++i) {
        if (lower == spec.names[i]) {
            return spec.low + static_cast<int>(i);
        }
    }
    const std::optional<int> value = number(text);
    return value && *value >= spec.low && *value <= spec.high ? value : std::nullopt;
}

Fault field_fault(const FieldSpec& spec, std::string_view text) {
    return {"",
            fmt::format("'{}' is no {}: write {} to {}, a range a-b, a list a,b or a step */n",
                        text,
                        spec.name,
                        spec.low,
                        spec.high)};
}

struct Range {
    int low;
    int high;
};

std::optional<Range> parse_range(const FieldSpec& spec, std::string_view text, bool stepped) {
    if (text == "*") {
        return Range{spec.low, spec.high};
    }
    const std::size_t dash = text.find('-');
    const std::optional<int> low = value_of(spec, text.substr(0, dash));
    if (!low) {
        return std::nullopt;
    }
    if (dash == std::string_view::npos) {
        return Range{*low, stepped ? spec.high : *low};
    }
    const std::optional<int> high = value_of(spec, text.substr(dash + 1));
    if (!high || *high < *low) {
        return std::nullopt;
    }
    return Range{*low, *high};
}

Result<std::uint64_t> parse_field(const FieldSpec& spec, std::string_view text) {
    std::uint64_t set = 0;
    for (const std::string_view item : base::split(text, ',')) {
        const std::size_t slash = item.find('/');
        const bool stepped = slash != std::string_view::npos;
        int step = 1;
        if (stepped) {
            const std::string_view step_text = item.substr(slash + 1);
            const std::optional<int> given = step_text.empty() ? std::nullopt : number(step_text);
            if (!given || *given < 1 || *given > spec.high) {
                return field_fault(spec, item);
            }
            step = *given;
        }
        const std::optional<Range> range = parse_range(spec, item.substr(0, slash), stepped);
        if (!range) {
            return field_fault(spec, item);
        }
        set |= bits(range->low, range->high, step);
    }
    return set;
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    while (!(text = base::trim(text)).empty()) {
        const std::size_t end = text.find_first_of(" \t");
        found.push_back(text.substr(0, end));
        text.remove_prefix(found.back().size());
    }
    return found;
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
    std::string_view expression = base::trim(text);
    if (!expression.empty() && expression.front() == '@') {
        const std::string lower = base::to_lower_ascii(expression);
        expression = {};
        for (const auto& [name, meaning] : kNicknames) {
            if (lower == name) {
                expression = meaning;
            }
        }
    }
    const std::vector<std::string_view> fields = words(expression);
    if (fields.size() != 5) {
        return Fault{"",
                     fmt::format("'{}' is no cron expression: write five fields (minute, hour, day "
                                 "of the month, month, day of the week) or @hourly, @daily, "
                                 "@weekly, @monthly, @yearly",
                                 text)};
    }
    Cron cron;
    const std::array<std::pair<const FieldSpec*, std::uint64_t*>, 5> targets{{
        {&kMinute, &cron.minutes_},
        {&kHour, &cron.hours_},
        {&kDay, &cron.days_},
        {&kMonth, &cron.months_},
        {&kWeekday, &cron.weekdays_},
    }};
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const Result<std::uint64_t> set = parse_field(*targets[i].first, fields[i]);
        if (!set) {
            return set.fault();
        }
        *targets[i].second = *set;
    }
    if ((cron.weekdays_ & bit(7)) != 0) {
        cron.weekdays_ = (cron.weekdays_ & kAllWeekdays) | bit(0);
    }
    if (!cron.next_day(base::Date{})) {
        return Fault{"", fmt::format("'{}' names a day that never comes", text)};
    }
    return cron;
}

bool Cron::matches_day(base::Date date) const {
    const std::chrono::year_month_day day(date);
    if ((months_ & bit(static_cast<int>(static_cast<unsigned>(day.month())))) == 0) {
        return false;
    }
    const bool by_day = (days_ & bit(static_cast<int>(static_cast<unsigned>(day.day())))) != 0;
    const bool by_weekday =
        (weekdays_ & bit(static_cast<int>(std::chrono::weekday(date).c_encoding()))) != 0;
    if (days_ != kAllDays && weekdays_ != kAllWeekdays) {
        return by_day || by_weekday;
    }
    return by_day && by_weekday;
}

std::optional<base::Date> Cron::next_day(base::Date first) const {
    for (int i = 0; i < kDaysToSearch; ++i) {
        const base::Date date = first + std::chrono::days(i);
        if (matches_day(date)) {
            return date;
        }
    }
    return std::nullopt;
}

base::Timestamp Cron::next_after(base::Timestamp after, const base::Zone& zone) const {
    return hours_ == kAllHours ? next_every_hour(after, zone) : next_wall_clock(after, zone);
}

base::Timestamp Cron::next_wall_clock(base::Timestamp after, const base::Zone& zone) const {
    std::optional<base::Date> date = next_day(zone.date_of(after));
    while (date) {
        if (const auto start = first_of_day(*date, after, zone)) {
            return *start;
        }
        date = next_day(*date + std::chrono::days(1));
    }
    throw std::logic_error("a cron expression without a next start passed the parser");
}

// The first start of a day later than `after`.
std::optional<base::Timestamp> Cron::first_of_day(base::Date date,
                                                  base::Timestamp after,
                                                  const base::Zone& zone) const {
    constexpr int kMinutesADay = 24 * 60;
    const base::LocalTime midnight{date.time_since_epoch()};
    for (int minute = 0; minute < kMinutesADay; ++minute) {
        if ((hours_ & bit(minute / 60)) == 0 || (minutes_ & bit(minute % 60)) == 0) {
            continue;
        }
        const base::Timestamp start = zone.to_instant(midnight + std::chrono::minutes(minute));
        if (start > after) {
            return start;
        }
    }
    return std::nullopt;
}

base::Timestamp Cron::next_every_hour(base::Timestamp after, const base::Zone& zone) const {
    const base::LocalTime local = zone.to_local(after);
    base::Timestamp start =
        after + std::chrono::minutes(1) - (local - std::chrono::floor<std::chrono::minutes>(local));
    while (true) {
        const base::LocalTime wall = zone.to_local(start);
        const auto day = std::chrono::floor<std::chrono::days>(wall);
        const base::Date date{day.time_since_epoch()};
        if (!matches_day(date)) {
            const std::optional<base::Date> next = next_day(date + std::chrono::days(1));
            if (!next) {
                throw std::logic_error("a cron expression without a next start passed the parser");
            }
            start = zone.to_instant(base::LocalTime{next->time_since_epoch()});
            continue;
        }
        const auto minute =
            std::chrono::duration_cast<std::chrono::minutes>(wall - day).count() % 60;
        if ((minutes_ & bit(static_cast<int>(minute))) != 0) {
            return start;
        }
        start += std::chrono::minutes(1);
    }
}

}  // namespace hrbridge::jobs
