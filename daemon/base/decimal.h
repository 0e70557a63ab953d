#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hrbridge::base {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

// An exact decimal number: unscaled / 10^scale, at most 38 digits. Never a double.
class Decimal {
  public:
    static constexpr int kMaxDigits = 38;

    constexpr Decimal() = default;
    // `scale` is 0 to 38.
    constexpr Decimal(Int128 unscaled, int scale) : unscaled_(unscaled), scale_(scale) {}

    // "-12.340" keeps its scale (3); exponents ("1e3") are read exactly; nullopt for anything
    // else, also for more than 38 digits, blanks or a lone sign.
    static std::optional<Decimal> parse(std::string_view text);

    constexpr Int128 unscaled() const { return unscaled_; }
    constexpr int scale() const { return scale_; }
    // Digits of the unscaled number; 1 for zero.
    int digits() const;

    // The same number with another scale; nullopt when digits other than 0 would be lost or the
    // result has more than 38 digits. Nothing is ever rounded.
    std::optional<Decimal> rescaled(int scale) const;

    // Plain notation with exactly scale() digits behind the point.
    std::string to_string() const;
    double to_double() const;  // for charts and statistics only

    // By value: 1.0 == 1.00.
    friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
    friend bool operator==(const Decimal& a, const Decimal& b) { return std::is_eq(a <=> b); }

  private:
    Int128 unscaled_ = 0;
    int scale_ = 0;
};

}  // namespace hrbridge::base
