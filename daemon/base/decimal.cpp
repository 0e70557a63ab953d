#include "daemon/base/decimal.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace hrbridge::base {
namespace {

constexpr auto kPowers = [] {
    std::array<UInt128, Decimal::kMaxDigits + 1> powers{};
    UInt128 power = 1;
    for (UInt128& slot : powers) {
        slot = power;
        power *= 10;
    }
    return powers;
}();

constexpr UInt128 power_of_ten(int exponent) {
    return kPowers.at(static_cast<std::size_t>(exponent));
}

constexpr UInt128 magnitude(Int128 value) {
    return value < 0 ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value);
}

int digits_of(UInt128 value) {
    const auto* const at = std::upper_bound(kPowers.begin() + 1, kPowers.end(), value);
    return static_cast<int>(at - kPowers.begin());
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// value * 10^exponent; nullopt when more than 38 digits.
std::optional<UInt128> times_power(UInt128 value, int exponent) {
    if (value == 0) {
        return value;
    }
    if (exponent > Decimal::kMaxDigits || digits_of(value) + exponent > Decimal::kMaxDigits) {
        return std::nullopt;
    }
    return value * power_of_ten(exponent);
}

// The digits and the point of a number, as read so far.
struct Mantissa {
    UInt128 value = 0;
    int significant = 0;  // digits without leading zeros
    int scale = 0;
    bool any_digit = false;
    std::size_t size = 0;  // characters read
};

std::optional<Mantissa> read_mantissa(std::string_view text) {
    constexpr int kWordDigits = 18;
    Mantissa out;
    std::uint64_t word = 0;
    bool point = false;
    for (const char c : text) {
        if (c == '.' && !point) {
            point = true;
        } else if (is_digit(c)) {
            const auto digit = static_cast<unsigned>(c - '0');
            out.any_digit = true;
            out.scale += point ? 1 : 0;
            if (out.significant != 0 || digit != 0) {
                ++out.significant;
            }
            // 64-bit arithmetic as long as it holds: nearly every cell ends there.
            if (out.significant <= kWordDigits) {
                word = (word * 10) + digit;
                out.value = word;
            } else if (out.significant <= Decimal::kMaxDigits) {
                out.value = (out.value * 10) + digit;
            } else {
                return std::nullopt;
            }
        } else {
            break;
        }
        ++out.size;
    }
    if (!out.any_digit) {
        return std::nullopt;
    }
    return out;
}

// The number behind "e"; bounded, so that it can be added to a scale without overflow.
std::optional<int> read_exponent(std::string_view text) {
    constexpr int kBound = 1000;
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
        if (!text.empty() && text.front() == '-') {
            return std::nullopt;
        }
    }
    int exponent = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, exponent);
    if (error != std::errc() || stop != end || exponent < -kBound || exponent > kBound) {
        return std::nullopt;
    }
    return exponent;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative || (!text.empty() && text.front() == '+')) {
        text.remove_prefix(1);
    }
    auto mantissa = read_mantissa(text);
    if (!mantissa) {
        return std::nullopt;
    }
    text.remove_prefix(mantissa->size);
    if (!text.empty()) {
        if (text.front() != 'e' && text.front() != 'E') {
            return std::nullopt;
        }
        const auto exponent = read_exponent(text.substr(1));
        if (!exponent) {
            return std::nullopt;
        }
        mantissa->scale -= *exponent;
    }
    if (mantissa->scale < 0) {
        const auto grown = times_power(mantissa->value, -mantissa->scale);
        if (!grown) {
            return std::nullopt;
        }
        mantissa->value = *grown;
        mantissa->scale = 0;
    }
    if (mantissa->scale > kMaxDigits) {
        return std::nullopt;
    }
    const auto unscaled = static_cast<Int128>(mantissa->value);
    return Decimal(negative ? -unscaled : unscaled, mantissa->scale);
}

int Decimal::digits() const {
    return digits_of(magnitude(unscaled_));
}

std::optional<Decimal> Decimal::rescaled(int scale) const {
    if (scale == scale_) {
        return *this;
    }
    if (scale < 0 || scale > kMaxDigits) {
        return std::nullopt;
    }
    if (scale < scale_) {
        const auto divisor = static_cast<Int128>(power_of_ten(scale_ - scale));
        if (unscaled_ % divisor != 0) {
            return std::nullopt;
        }
        return Decimal(unscaled_ / divisor, scale);
    }
    const auto grown = times_power(magnitude(unscaled_), scale - scale_);
    if (!grown) {
        return std::nullopt;
    }
    const auto unscaled = static_cast<Int128>(*grown);
    return Decimal(unscaled_ < 0 ? -unscaled : unscaled, scale);
}

std::string Decimal::to_string() const {
    // A sign, a point and a leading zero beside 39 digits.
    std::array<char, kMaxDigits + 4> buffer{};
    char* const end = buffer.data() + buffer.size();
    char* at = end;
    UInt128 rest = magnitude(unscaled_);
    for (int digit = 0; digit <= scale_ || rest != 0; ++digit) {
        if (digit == scale_ && scale_ > 0) {
            *--at = '.';
        }
        *--at = static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
    }
    if (unscaled_ < 0) {
        *--at = '-';
    }
    return {at, end};
}

double Decimal::to_double() const {
    return static_cast<double>(static_cast<long double>(unscaled_) /
                               static_cast<long double>(power_of_ten(scale_)));
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
    if (a.scale_ == b.scale_) {
        return a.unscaled_ <=> b.unscaled_;
    }
    if ((a.unscaled_ < 0) != (b.unscaled_ < 0)) {
        return a.unscaled_ < 0 ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    // Whole parts first, then fractions brought to the larger scale: a fraction at scale s is below
    // 10^s, so nothing overflows whatever the scales are. Of two negatives the larger size is less.
    const Decimal& x = a.unscaled_ < 0 ? b : a;
    const Decimal& y = a.unscaled_ < 0 ? a : b;
    const UInt128 unit_x = power_of_ten(x.scale_);
    const UInt128 unit_y = power_of_ten(y.scale_);
    const UInt128 size_x = magnitude(x.unscaled_);
    const UInt128 size_y = magnitude(y.unscaled_);
    const auto whole = size_x / unit_x <=> size_y / unit_y;
    if (std::is_neq(whole)) {
        return whole;
    }
    const int scale = std::max(x.scale_, y.scale_);
    return (size_x % unit_x) * power_of_ten(scale - x.scale_) <=>
           (size_y % unit_y) * power_of_ten(scale - y.scale_);
}

}  // namespace hrbridge::base
