#include "daemon/store/postgres/binary.h"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/base/error.h"

namespace hrbridge::store::postgres {
namespace {

constexpr std::uint32_t kChar = 18;
constexpr std::uint32_t kName = 19;
constexpr std::uint32_t kInt2 = 21;
constexpr std::uint32_t kInt4 = 23;
constexpr std::uint32_t kOid = 26;
constexpr std::uint32_t kUnknown = 705;
constexpr std::uint32_t kBpchar = 1042;
constexpr std::uint32_t kVarchar = 1043;
constexpr std::uint32_t kVoid = 2278;

constexpr int kGroupDigits = 4;
constexpr unsigned kGroupBase = 10'000;
constexpr std::uint16_t kNegative = 0x4000;
constexpr std::size_t kMostGroups = 12;

// Groups of a number, the lowest first.
struct Groups {
    std::array<std::uint16_t, kMostGroups> low_first{};
    int count = 0;

    void add(unsigned group) {
        low_first.at(static_cast<std::size_t>(count)) = static_cast<std::uint16_t>(group);
        ++count;
    }
};

unsigned power_of_ten(int exponent) {
    constexpr std::array<unsigned, 4> kPowers{1, 10, 100, 1000};
    return kPowers.at(static_cast<std::size_t>(exponent));
}

// The number times 10^shift in groups: the shift moves the point to a group's edge, and is done on
// the first group so that 38 digits do not overflow.
Groups split(base::UInt128 number, int shift) {
    Groups groups;
    if (shift > 0) {
        const unsigned rest_base = kGroupBase / power_of_ten(shift);
        groups.add(static_cast<unsigned>(number % rest_base) * power_of_ten(shift));
        number /= rest_base;
    }
    while (number > std::numeric_limits<std::uint64_t>::max()) {
        groups.add(static_cast<unsigned>(number % kGroupBase));
        number /= kGroupBase;
    }
    auto small = static_cast<std::uint64_t>(number);
    while (small > 0) {
        groups.add(static_cast<unsigned>(small % kGroupBase));
        small /= kGroupBase;
    }
    return groups;
}

template <typename T>
T get_unsigned(std::string_view bytes) {
    if (bytes.size() != sizeof(T)) {
        throw base::StoreError("08P01", base::Remedy::Stop, "a value has a wrong length");
    }
    T value = 0;
    for (const char byte : bytes) {
        value = static_cast<T>(static_cast<T>(value << 8U) | static_cast<unsigned char>(byte));
    }
    return value;
}

std::int64_t get_64(std::string_view bytes) {
    return static_cast<std::int64_t>(get_unsigned<std::uint64_t>(bytes));
}

std::int32_t get_32(std::string_view bytes) {
    return static_cast<std::int32_t>(get_unsigned<std::uint32_t>(bytes));
}

base::StoreError not_a_decimal() {
    return {"22003", base::Remedy::Row, "the store holds a number that is no decimal of 38 digits"};
}

// number * factor + add, or an error beyond 38 digits.
base::UInt128 append_digits(base::UInt128 number, unsigned factor, unsigned add) {
    constexpr base::UInt128 kMost = ~base::UInt128{0};
    if (number > (kMost - add) / factor) {
        throw not_a_decimal();
    }
    return number * factor + add;
}

}  // namespace

char* put_numeric(char* at, base::Int128 unscaled, int scale) {
    const bool negative = unscaled < 0;
    const auto number = negative ? base::UInt128{0} - static_cast<base::UInt128>(unscaled)
                                 : static_cast<base::UInt128>(unscaled);
    const int fraction_groups = (scale + kGroupDigits - 1) / kGroupDigits;
    Groups groups = split(number, fraction_groups * kGroupDigits - scale);
    while (groups.count > 0 && groups.low_first[static_cast<std::size_t>(groups.count - 1)] == 0) {
        --groups.count;
    }
    int lowest = 0;
    while (lowest < groups.count && groups.low_first[static_cast<std::size_t>(lowest)] == 0) {
        ++lowest;
    }
    const int weight = groups.count == 0 ? 0 : groups.count - fraction_groups - 1;
    at = put_16(at, static_cast<std::uint16_t>(groups.count - lowest));
    at = put_16(at, static_cast<std::uint16_t>(static_cast<std::int16_t>(weight)));
    at = put_16(at, negative ? kNegative : std::uint16_t{0});
    at = put_16(at, static_cast<std::uint16_t>(scale));
    for (int i = groups.count - 1; i >= lowest; --i) {
        at = put_16(at, groups.low_first[static_cast<std::size_t>(i)]);
    }
    return at;
}

base::Decimal get_numeric(std::string_view bytes) {
    constexpr std::size_t kHead = 8;
    if (bytes.size() < kHead) {
        throw not_a_decimal();
    }
    const auto word = [&](std::size_t index) {
        return get_unsigned<std::uint16_t>(bytes.substr(index * 2, 2));
    };
    const int count = word(0);
    const int weight = static_cast<std::int16_t>(word(1));
    const std::uint16_t sign = word(2);
    const int scale = word(3);
    if ((sign != 0 && sign != kNegative) || scale > base::Decimal::kMaxDigits) {
        throw not_a_decimal();
    }
    base::UInt128 number = 0;
    const int integer_groups = std::max(weight + 1, 0);
    const int fraction_groups = (scale + kGroupDigits - 1) / kGroupDigits;
    for (int i = 0; i < integer_groups + fraction_groups; ++i) {
        // Group i of the written number is digit i - lead: small numbers have no leading groups.
        const int digit = i - integer_groups + weight + 1;
        unsigned group =
            digit >= 0 && digit < count ? word(kHead / 2 + static_cast<std::size_t>(digit)) : 0U;
        int digits = kGroupDigits;
        if (i == integer_groups + fraction_groups - 1 && fraction_groups > 0) {
            const int beyond = fraction_groups * kGroupDigits - scale;
            group /= power_of_ten(beyond);
            digits -= beyond;
        }
        number = append_digits(
            number, digits == kGroupDigits ? kGroupBase : power_of_ten(digits), group);
    }
    const base::Decimal decimal(
        sign == kNegative ? -static_cast<base::Int128>(number) : static_cast<base::Int128>(number),
        scale);
    if ((number >> 127U) != 0 || decimal.digits() > base::Decimal::kMaxDigits) {
        throw not_a_decimal();
    }
    return decimal;
}

base::Value decode(std::uint32_t type, std::string_view bytes) {
    switch (type) {
        case kInt8:
            return get_64(bytes);
        case kInt4:
            return std::int64_t{get_32(bytes)};
        case kInt2:
            return std::int64_t{static_cast<std::int16_t>(get_unsigned<std::uint16_t>(bytes))};
        case kOid:
            return std::int64_t{get_unsigned<std::uint32_t>(bytes)};
        case kBool:
            return get_unsigned<std::uint8_t>(bytes) != 0;
        case kNumeric:
            return get_numeric(bytes);
        case kText:
        case kVarchar:
        case kBpchar:
        case kName:
        case kChar:
        case kUnknown:
            return std::string{bytes};
        case kBytea:
            return base::Bytes{std::string{bytes}};
        case kDate:
            return base::Date{std::chrono::days{get_32(bytes) + kEpochDays}};
        case kTimestamptz:
            return base::Timestamp{std::chrono::microseconds{get_64(bytes) + kEpochMicroseconds}};
        case kVoid:
            return base::Null{};
        default:
            throw std::logic_error(fmt::format("a query gives a value of type oid {}", type));
    }
}

}  // namespace hrbridge::store::postgres
