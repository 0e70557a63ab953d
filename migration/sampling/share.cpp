#include "migration/sampling/share.h"

#include <algorithm>
#include <string>

namespace hrbridge::sampling {
namespace {

constexpr int kMostDigits = 9;

std::int64_t power_of_ten(int exponent) {
    std::int64_t power = 1;
    for (int i = 0; i < exponent; ++i) {
        power *= 10;
    }
    return power;
}

}  // namespace

base::Result<Share> parse_share(std::string_view text) {
    const base::Fault fault{
        "share", "'" + std::string(text) + "' is no share; write one from 0 to 1 as 0.05 or 5 %"};
    std::string_view number = text;
    const bool percent = number.ends_with('%');
    if (percent) {
        number.remove_suffix(1);
        while (number.ends_with(' ')) {
            number.remove_suffix(1);
        }
    }
    const auto decimal = base::Decimal::parse(number);
    if (!decimal) {
        return fault;
    }
    const int scale = decimal->scale() + (percent ? 2 : 0);
    if (scale > kMostDigits || decimal->unscaled() < 0) {
        return fault;
    }
    const std::int64_t of = power_of_ten(scale);
    if (decimal->unscaled() > of) {
        return fault;
    }
    return Share{static_cast<std::int64_t>(decimal->unscaled()), of};
}

std::int64_t bad_at_limit(std::int64_t rows, Share limit) {
    const base::Int128 product = static_cast<base::Int128>(rows) * limit.parts;
    return std::max<std::int64_t>(1,
                                  static_cast<std::int64_t>((product + limit.of - 1) / limit.of));
}

}  // namespace hrbridge::sampling
