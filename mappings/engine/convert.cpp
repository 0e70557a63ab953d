#include "mappings/engine/convert.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "daemon/base/text.h"

namespace hrbridge::engine {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;
constexpr std::size_t kRememberedDays = 1024;
constexpr std::string_view kFitsNoDate = "is no date; write YYYY-MM-DD or use parse_date";
constexpr std::string_view kNoSuchDay = "is a date or time that does not exist";
constexpr std::string_view kZeroDate =
    "is a zero date; null_if turns it into NULL when it means \"none\"";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// As YYYY-MM-DD, whether there is such a day or not.
bool is_shaped_as_date(std::string_view text) {
    constexpr std::string_view kShape = "YYYY-MM-DD";
    return std::equal(text.begin(), text.end(), kShape.begin(), kShape.end(), [](char c, char as) {
        return as == '-' ? c == '-' : is_digit(c);
    });
}

// Two to four digits at a place, or -1.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
    int number = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (!is_digit(text[i])) {
            return -1;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

// Days since 1970-01-01 of the first ten characters "YYYY-MM-DD"; nullopt when they are no day.
std::optional<std::int64_t> quick_day(std::string_view text) {
    if (text.size() < 10 || text[4] != '-' || text[7] != '-') {
        return std::nullopt;
    }
    const int year = digits_at(text, 0, 4);
    const int month = digits_at(text, 5, 2);
    const int day = digits_at(text, 8, 2);
    if (year < 1 || month < 1 || day < 1) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) {
        return std::nullopt;
    }
    return base::Date{date}.time_since_epoch().count();
}

// Microseconds of "HH:MM:SS" at a place; nullopt when it is no time.
std::optional<std::int64_t> quick_clock(std::string_view text, std::size_t at) {
    const int hour = digits_at(text, at, 2);
    const int minute = digits_at(text, at + 3, 2);
    const int second = digits_at(text, at + 6, 2);
    const bool ok = text[at + 2] == ':' && text[at + 5] == ':' && hour >= 0 && hour < 24 &&
                    minute >= 0 && minute < 60 && second >= 0 && second < 60;
    return ok ? std::optional((hour * 3600LL + minute * 60LL + second) * 1'000'000) : std::nullopt;
}

std::string_view convert_int(std::string_view text, Typed& out) {
    std::string_view digits = text;
    if (digits.starts_with('+')) {
        digits.remove_prefix(1);
    }
    const char* const last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, out.word);
    if (!digits.empty() && error == std::errc{} && end == last && !text.starts_with("+-")) {
        return {};
    }
    // "12.00" is 12; drivers write whole decimals so.
    const auto number = base::Decimal::parse(text);
    if (!number) {
        return "is no whole number";
    }
    const auto whole = number->rescaled(0);
    if (!whole) {
        return "is no whole number: it has decimals";
    }
    if (whole->unscaled() > INT64_MAX || whole->unscaled() < INT64_MIN) {
        return "is too large for a whole number of 64 bits";
    }
    out.word = static_cast<std::int64_t>(whole->unscaled());
    return {};
}

std::string_view convert_bool(std::string_view text, Typed& out) {
    if (text == "1" || text == "0") {
        out.word = text == "1" ? 1 : 0;
        return {};
    }
    const std::string lower = base::to_lower_ascii(text);
    if (lower == "true" || lower == "t") {
        out.word = 1;
        return {};
    }
    if (lower == "false" || lower == "f") {
        out.word = 0;
        return {};
    }
    return "is no bool; 1, 0, true, false, t and f are, map: turns other codes into them";
}

constexpr std::array<std::int64_t, 19> kPowers = [] {
    std::array<std::int64_t, 19> powers{};
    std::int64_t power = 1;
    for (std::int64_t& entry : powers) {
        entry = power;
        power = power > INT64_MAX / 10 ? power : power * 10;
    }
    return powers;
}();

// Plain notation of at most 18 digits with no more decimals than `scale`; nullopt for the rest.
std::optional<std::int64_t> quick_decimal(std::string_view text, int scale) {
    const bool negative = text.starts_with('-');
    if (negative) {
        text.remove_prefix(1);
    }
    if (text.empty() || text.size() > 19 || scale > 18) {
        return std::nullopt;
    }
    std::int64_t number = 0;
    int digits = 0;
    int decimals = -1;
    for (const char c : text) {
        if (c == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (!is_digit(c)) {
            return std::nullopt;
        }
        number = number * 10 + (c - '0');
        ++digits;
        decimals += decimals >= 0 ? 1 : 0;
    }
    const int missing = scale - (decimals > 0 ? decimals : 0);
    if (digits == 0 || decimals == 0 || missing < 0 || digits + missing > 18) {
        return std::nullopt;
    }
    number *= kPowers[static_cast<std::size_t>(missing)];
    return negative ? -number : number;
}

int digits_of(base::Int128 number) {
    return base::Decimal(number, 0).digits();
}

}  // namespace

Converter::Converter(base::FieldType type, base::Zone zone)
    : type_(type),
      zone_(std::move(zone)),
      days_(type.kind == base::Kind::Timestamp ? kRememberedDays : 0) {}

std::string_view Converter::convert(std::string_view text, Typed& out) {
    switch (type_.kind) {
        case base::Kind::Int:
            return convert_int(text, out);
        case base::Kind::Bool:
            return convert_bool(text, out);
        case base::Kind::Decimal:
            return convert_decimal(text, out);
        case base::Kind::Date:
            return convert_date(text, out);
        case base::Kind::Timestamp:
            return convert_timestamp(text, out);
        case base::Kind::Text: {
            // A text of no more bytes than characters allowed needs no counting.
            const auto most = static_cast<std::size_t>(type_.length);
            const bool fits = most == 0 || text.size() <= most || base::code_points(text) <= most;
            return fits ? std::string_view() : std::string_view("is longer than the field");
        }
        case base::Kind::Bytes:
            return {};
    }
    throw std::logic_error("unknown kind of field");
}

std::string_view Converter::convert_decimal(std::string_view text, Typed& out) const {
    if (const auto quick = quick_decimal(text, type_.scale)) {
        out.decimal = *quick;
    } else {
        const auto number = base::Decimal::parse(text);
        if (!number) {
            return "is no decimal number";
        }
        const auto scaled = number->rescaled(type_.scale);
        if (!scaled) {
            return "has more decimals or digits than the field; nothing is rounded";
        }
        out.decimal = scaled->unscaled();
    }
    return digits_of(out.decimal) > type_.precision
               ? std::string_view("has more digits than the field")
               : std::string_view();
}

std::string_view Converter::convert_date(std::string_view text, Typed& out) const {
    if (text.size() == 10) {
        if (const auto day = quick_day(text)) {
            out.word = *day;
            return {};
        }
    }
    if (const auto date = base::parse_date(text);
        date && *date >= base::Date{std::chrono::year{1} / 1 / 1}) {
        out.word = date->time_since_epoch().count();
        return {};
    }
    if (text.starts_with("0000-00-00")) {
        return kZeroDate;
    }
    return text.size() > 10 && quick_day(text)
               ? std::string_view("has a time of day; date_only drops it")
           : is_shaped_as_date(text) ? kNoSuchDay
                                     : kFitsNoDate;
}

std::int64_t Converter::instant_of(std::int64_t local) {
    const std::int64_t day = (local >= 0 ? local : local - kDay + 1) / kDay;
    Day& known = days_[static_cast<std::size_t>(day) % kRememberedDays];
    const auto convert = [&](std::int64_t time) {
        return zone_.to_instant(base::LocalTime{std::chrono::microseconds{time}})
            .time_since_epoch()
            .count();
    };
    if (known.day != day) {
        const std::int64_t first = convert(day * kDay) - day * kDay;
        const std::int64_t last = convert(day * kDay + kDay - 1) - (day * kDay + kDay - 1);
        known = {day, first == last, first};
    }
    return known.steady ? local + known.offset : convert(local);
}

std::string_view Converter::convert_timestamp(std::string_view text, Typed& out) {
    if (text.size() == 19 && (text[10] == ' ' || text[10] == 'T')) {
        const auto day = quick_day(text);
        const auto clock = quick_clock(text, 11);
        if (day && clock) {
            out.word = instant_of(*day * kDay + *clock);
            return {};
        }
    }
    if (text.starts_with("0000-")) {
        return text.starts_with("0000-00-00") ? kZeroDate : "is a time in the year 0";
    }
    if (const auto local = base::parse_local_time(text)) {
        out.word = instant_of(local->time_since_epoch().count());
        return {};
    }
    if (const auto instant = base::parse_timestamp(text)) {
        out.word = instant->time_since_epoch().count();
        return {};
    }
    return "is no time; write YYYY-MM-DD HH:MM:SS or use parse_date, unix_seconds or "
           "unix_milliseconds";
}

void Converter::append(std::string_view text, const Typed& typed, base::Column& column) const {
    switch (type_.kind) {
        case base::Kind::Int:
        case base::Kind::Bool:
        case base::Kind::Date:
        case base::Kind::Timestamp:
            column.append_word(typed.word);
            return;
        case base::Kind::Decimal:
            column.append_decimal(typed.decimal);
            return;
        case base::Kind::Text:
        case base::Kind::Bytes:
            column.append_bytes(text);
            return;
    }
}

base::Date Converter::day_of(const Typed& typed) const {
    return type_.kind == base::Kind::Timestamp
               ? zone_.date_of(base::Timestamp{std::chrono::microseconds{typed.word}})
               : base::Date{std::chrono::days{typed.word}};
}

}  // namespace hrbridge::engine
