#include <charconv>

#include "mappings/engine/convert.h"

namespace hrbridge::engine {
namespace {

// today moved by whole months; the day is the month's last when the month is too short.
base::Date add_months(base::Date day, std::int64_t months) {
    const std::chrono::year_month_day from{day};
    const std::chrono::year_month month = from.year() / from.month() + std::chrono::months{months};
    const std::chrono::year_month_day_last last{month.year(),
                                                std::chrono::month_day_last{month.month()}};
    return from.day() > last.day() ? base::Date{last} : base::Date{month / from.day()};
}

// "", "-16y", "+60d", "-6m" behind "today".
std::optional<base::Date> moved(base::Date today, std::string_view by) {
    if (by.empty()) {
        return today;
    }
    if (by.size() < 3 || (by.front() != '-' && by.front() != '+')) {
        return std::nullopt;
    }
    std::int64_t number = 0;
    const char* const last = by.data() + by.size() - 1;
    const auto [end, error] = std::from_chars(by.data() + 1, last, number);
    if (error != std::errc{} || end != last || number < 0 || number > 100'000) {
        return std::nullopt;
    }
    number = by.front() == '-' ? -number : number;
    switch (by.back()) {
        case 'd':
            return today + std::chrono::days{number};
        case 'm':
            return add_months(today, number);
        case 'y':
            return add_months(today, number * 12);
        default:
            return std::nullopt;
    }
}

std::optional<base::Date> parse_day(std::string_view text, base::Date today) {
    constexpr std::string_view kToday = "today";
    return text.starts_with(kToday) ? moved(today, text.substr(kToday.size()))
                                    : base::parse_date(text);
}

std::optional<base::Int128> day_as_timestamp(base::Date day, const base::Zone& zone, bool as_high) {
    const auto local = [](base::Date date) {
        return base::LocalTime{std::chrono::microseconds{date.time_since_epoch()}};
    };
    if (as_high) {
        return zone.to_instant(local(day + std::chrono::days{1})).time_since_epoch().count() - 1;
    }
    return zone.to_instant(local(day)).time_since_epoch().count();
}

}  // namespace

std::optional<base::Int128> parse_bound(std::string_view text,
                                        const base::FieldType& type,
                                        base::Date today,
                                        const base::Zone& zone,
                                        bool as_high) {
    if (type.kind == base::Kind::Date || type.kind == base::Kind::Timestamp) {
        const auto day = parse_day(text, today);
        if (day) {
            return type.kind == base::Kind::Date
                       ? std::optional<base::Int128>(day->time_since_epoch().count())
                       : day_as_timestamp(*day, zone, as_high);
        }
        const auto time = base::parse_local_time(text);
        return time && type.kind == base::Kind::Timestamp
                   ? std::optional<base::Int128>(zone.to_instant(*time).time_since_epoch().count())
                   : std::nullopt;
    }
    const auto number = base::Decimal::parse(text);
    if (!number || (type.kind != base::Kind::Int && type.kind != base::Kind::Decimal)) {
        return std::nullopt;
    }
    const auto scaled = number->rescaled(type.kind == base::Kind::Int ? 0 : type.scale);
    return scaled ? std::optional(scaled->unscaled()) : std::nullopt;
}

}  // namespace hrbridge::engine
