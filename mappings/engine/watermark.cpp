#include "mappings/engine/watermark.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "daemon/base/text.h"
#include "daemon/base/time.h"

namespace hrbridge::engine {
namespace {

constexpr std::size_t kMicrosecondDigits = 6;
constexpr std::size_t kLongest = 64;  // of what can be a time

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The text without its digits behind microseconds; itself when it has none, else a view of
// `buffer`.
std::string_view in_microseconds(std::string_view text, std::array<char, kLongest>& buffer) {
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos || text.size() > buffer.size()) {
        return text;
    }
    const auto* const fraction = text.begin() + static_cast<std::ptrdiff_t>(point) + 1;
    const auto* const rest = std::find_if_not(fraction, text.end(), is_digit);
    if (rest - fraction <= static_cast<std::ptrdiff_t>(kMicrosecondDigits)) {
        return text;
    }
    auto* const end = std::copy(
        rest, text.end(), std::copy(text.begin(), fraction + kMicrosecondDigits, buffer.data()));
    return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole ? std::optional(number) : std::nullopt;
}

struct Reading {
    std::int64_t number;
    WatermarkForm form;
};

std::optional<Reading> read(std::string_view cell) {
    std::array<char, kLongest> buffer{};
    const std::string_view text = in_microseconds(base::trim(cell), buffer);
    if (const auto local = base::parse_local_time(text)) {
        return Reading{local->time_since_epoch().count(), WatermarkForm::Local};
    }
    if (const auto instant = base::parse_timestamp(text)) {
        return Reading{instant->time_since_epoch().count(), WatermarkForm::Instant};
    }
    if (const auto day = base::parse_date(text)) {
        return Reading{base::Timestamp(*day).time_since_epoch().count(), WatermarkForm::Local};
    }
    const auto number = whole_number(text);
    return number ? std::optional(Reading{*number, WatermarkForm::Number}) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> watermark_of(std::string_view cell) {
    const auto reading = read(cell);
    return reading ? std::optional(reading->number) : std::nullopt;
}

std::optional<WatermarkForm> watermark_form(std::string_view cell) {
    const auto reading = read(cell);
    return reading ? std::optional(reading->form) : std::nullopt;
}

}  // namespace hrbridge::engine
