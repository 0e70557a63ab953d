#pragma once

#include <cstdint>
#include <string_view>

#include "daemon/base/decimal.h"
#include "daemon/base/result.h"

namespace hrbridge::sampling {

// A share or a probability as the exact fraction that a person wrote: 5 % is 5 of 100, not the
// double next to 0.05. 0 <= parts <= of, 1 <= of <= 10^9.
struct Share {
    std::int64_t parts = 0;
    std::int64_t of = 1;

    double value() const { return static_cast<double>(parts) / static_cast<double>(of); }
    Share rest() const { return {of - parts, of}; }
    bool is_one() const { return parts == of; }
};

// By value: 1 of 20 equals 5 of 100.
inline base::Int128 compare(const Share& a, const Share& b) {
    return static_cast<base::Int128>(a.parts) * b.of - static_cast<base::Int128>(b.parts) * a.of;
}
inline bool operator<(const Share& a, const Share& b) {
    return compare(a, b) < 0;
}
inline bool operator==(const Share& a, const Share& b) {
    return compare(a, b) == 0;
}

// "0.05", "5 %" or "5%", from 0 to 1, of at most nine digits behind the point.
base::Result<Share> parse_share(std::string_view text);

// The fewest bad rows that are no longer below the limit: rows * limit, rounded up, at least one.
std::int64_t bad_at_limit(std::int64_t rows, Share limit);

}  // namespace hrbridge::sampling
