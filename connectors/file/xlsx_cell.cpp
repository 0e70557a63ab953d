#include "connectors/file/xlsx_cell.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "daemon/base/time.h"

namespace hrbridge::file {
namespace {

constexpr int kKeptDigits = 15;
constexpr int kMostDecimals = 60;
constexpr int kGreatestExponent = 400;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr double kLastSerial = 2'958'466;  // 10000-01-01
constexpr std::int64_t kLeapDayThatWasNone = 60;
constexpr std::uint32_t kMostColumns = 16'384;
constexpr std::uint64_t kMostRows = 1'048'576;
constexpr const char* kTooManyDigits =
    "the number has more than 15 digits, of which Excel keeps 15; make the column text, and enter "
    "or import the values again";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// digits × 10^exponent, without zeros at both ends; empty digits: zero.
struct Scientific {
    bool negative = false;
    std::string digits;
    int exponent = 0;
};

// Of "+17" or "-7"; nullopt when it is none that a number could have.
std::optional<int> exponent_of(std::string_view text) {
    text.remove_prefix(text.starts_with('+') ? 1 : 0);
    int exponent = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, exponent);
    const bool fits =
        error == std::errc() && end == last && std::abs(exponent) <= kGreatestExponent;
    return fits ? std::optional(exponent) : std::nullopt;
}

void cut_zeros(Scientific& number) {
    std::string& digits = number.digits;
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    while (!digits.empty() && digits.back() == '0') {
        digits.pop_back();
        ++number.exponent;
    }
}

std::optional<Scientific> parse_number(std::string_view text) {
    Scientific out;
    std::size_t at = 0;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
        out.negative = text[at++] == '-';
    }
    bool point = false;
    bool any = false;
    for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point)); ++at) {
        if (text[at] == '.') {
            point = true;
            continue;
        }
        any = true;
        out.digits += text[at];
        out.exponent -= point ? 1 : 0;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        const auto exponent = exponent_of(text.substr(at + 1));
        if (!exponent) {
            return std::nullopt;
        }
        out.exponent += *exponent;
        at = text.size();
    }
    if (!any || at != text.size()) {
        return std::nullopt;
    }
    cut_zeros(out);
    return out;
}

std::string plain(const Scientific& number) {
    if (number.digits.empty()) {
        return "0";
    }
    std::string text = number.negative ? "-" : "";
    const int before = static_cast<int>(number.digits.size()) + number.exponent;
    if (before <= 0) {
        return text + "0." + std::string(static_cast<std::size_t>(-before), '0') + number.digits;
    }
    if (number.exponent >= 0) {
        return text + number.digits + std::string(static_cast<std::size_t>(number.exponent), '0');
    }
    return text + number.digits.substr(0, static_cast<std::size_t>(before)) + "." +
           number.digits.substr(static_cast<std::size_t>(before));
}

std::optional<double> as_double(std::string_view text) {
    double value = 0;
    text.remove_prefix(text.starts_with('+') ? 1 : 0);
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    const bool whole = error == std::errc() && end == last && std::isfinite(value);
    return whole ? std::optional(value) : std::nullopt;
}

// The number of at most 15 digits whose double this is: 1.1 where the XML has 1.1000000000000001.
std::optional<Scientific> with_kept_digits(std::string_view text) {
    const auto value = as_double(text);
    if (!value) {
        return std::nullopt;
    }
    const std::string shorter = fmt::format("{:.{}e}", *value, kKeptDigits - 1);
    return as_double(shorter) == *value ? parse_number(shorter) : std::nullopt;
}

std::string clock_text(std::int64_t ms) {
    const std::int64_t seconds = ms / 1000;
    std::string text =
        fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    return ms % 1000 == 0 ? text : text + fmt::format(".{:03}", ms % 1000);
}

// The date of a serial's day; nullopt for days that there were none.
std::optional<base::Date> date_of(std::int64_t day, bool from_1904) {
    using std::chrono::days;
    if (from_1904) {
        return base::Date(std::chrono::year(1904) / 1 / 1) + days(day);
    }
    if (day < 1 || day == kLeapDayThatWasNone) {
        return std::nullopt;
    }
    const base::Date before_first(std::chrono::year(1899) / 12 / 31);
    return before_first + days(day < kLeapDayThatWasNone ? day : day - 1);
}

// A format's code without texts, escapes and what stands in brackets, in lower case; an elapsed
// time's brackets become '|'.
std::string bare_code(std::string_view code) {
    std::string bare;
    for (std::size_t at = 0; at < code.size() && code[at] != ';'; ++at) {
        if (code[at] == '"') {
            at = std::min(code.find('"', at + 1), code.size());
        } else if (code[at] == '\\' || code[at] == '_' || code[at] == '*') {
            ++at;
        } else if (code[at] == '[') {
            const std::size_t end = std::min(code.find(']', at), code.size());
            const std::string_view inside = code.substr(at + 1, end - at - 1);
            const bool elapsed =
                !inside.empty() && inside.find_first_not_of("hHmMsS") == std::string_view::npos;
            bare += elapsed ? "|" : "";
            at = end;
        } else {
            bare +=
                code[at] >= 'A' && code[at] <= 'Z' ? static_cast<char>(code[at] + 32) : code[at];
        }
    }
    return bare;
}

}  // namespace

NumberKind built_in_kind(std::uint32_t format) {
    switch (format) {
        case 18:
        case 19:
        case 20:
        case 21:
        case 32:
        case 33:
        case 34:
        case 35:
        case 45:
        case 47:
        case 55:
        case 56:
            return NumberKind::Time;
        case 22:
            return NumberKind::DateTime;
        case 46:
            return NumberKind::Elapsed;
        default:
            break;
    }
    const bool date = (format >= 14 && format <= 17) || (format >= 27 && format <= 36) ||
                      (format >= 50 && format <= 58);
    return date ? NumberKind::Date : NumberKind::Number;
}

NumberKind kind_of_format(std::string_view code) {
    std::string bare = bare_code(code);
    if (bare.find("general") != std::string::npos || bare.find("e+") != std::string::npos ||
        bare.find("e-") != std::string::npos) {
        return NumberKind::Number;
    }
    const auto has = [&](const char* letters) {
        return bare.find_first_of(letters) != std::string::npos;
    };
    if (bare.find('|') != std::string::npos) {
        return NumberKind::Elapsed;
    }
    const bool time = has("hs") || bare.find("am/pm") != std::string::npos;
    // The year of a Chinese or Japanese code is also written e, a weekday aaaa.
    const bool date = has("yde") || bare.find("aaa") != std::string::npos || (has("m") && !time);
    if (date && time) {
        return NumberKind::DateTime;
    }
    return date ? NumberKind::Date : (time ? NumberKind::Time : NumberKind::Number);
}

CellText number_text(std::string_view xml) {
    auto number = parse_number(xml);
    if (!number) {
        return {"", "the cell is numeric and holds no number"};
    }
    const int before = static_cast<int>(number->digits.size()) + number->exponent;
    if (!number->digits.empty() && before > kKeptDigits) {
        return {"", kTooManyDigits};
    }
    if (number->digits.size() > kKeptDigits) {
        number = with_kept_digits(xml);
        if (!number) {
            return {"", kTooManyDigits};
        }
    } else if (xml.find_first_of("eE+") == std::string_view::npos) {
        return {std::string(xml), ""};
    }
    if (number->exponent < -kMostDecimals) {
        return {"", "the number has more than 60 decimals"};
    }
    return {plain(*number), ""};
}

CellText serial_text(std::string_view xml, NumberKind kind, bool from_1904) {
    const auto serial = as_double(xml);
    if (!serial || *serial < 0 || *serial >= kLastSerial) {
        return {"", "the cell is a date and its number means none"};
    }
    const double whole = std::floor(*serial);
    auto day = static_cast<std::int64_t>(whole);
    std::int64_t ms = std::llround((*serial - whole) * static_cast<double>(kDayMs));
    if (ms == kDayMs) {
        ++day;
        ms = 0;
    }
    if (kind == NumberKind::Elapsed) {
        return {clock_text(day * kDayMs + ms), ""};
    }
    if (kind == NumberKind::Time && day == 0) {
        return {clock_text(ms), ""};
    }
    const auto date = date_of(day, from_1904);
    if (!date) {
        return {"",
                "the cell shows a day that there was none: 1900-01-00 or 1900-02-29, which Excel "
                "counts"};
    }
    const bool date_alone = kind == NumberKind::Date && ms == 0;
    return {base::to_string(*date) + (date_alone ? "" : " " + clock_text(ms)), ""};
}

bool parse_reference(std::string_view text, std::uint64_t& row, std::uint32_t& column) {
    std::uint32_t number = 0;
    std::size_t at = 0;
    for (; at < text.size() && at < 4 && text[at] >= 'A' && text[at] <= 'Z'; ++at) {
        number = number * 26 + static_cast<std::uint32_t>(text[at] - 'A') + 1;
    }
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + at, last, row);
    column = number - 1;
    return at > 0 && number <= kMostColumns && error == std::errc() && end == last && row > 0 &&
           row <= kMostRows && at < text.size() && text[at] != '0';
}

}  // namespace hrbridge::file
