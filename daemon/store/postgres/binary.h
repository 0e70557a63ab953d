#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/decimal.h"
#include "daemon/base/value.h"

// PostgreSQL's binary value formats (src/backend/utils/adt/*.c, functions *_send and *_recv):
// big endian; dates are days and timestamps microseconds since 2000-01-01; numeric is groups of
// four decimal digits.
namespace hrbridge::store::postgres {

// Oids of pg_type.dat.
inline constexpr std::uint32_t kBool = 16;
inline constexpr std::uint32_t kBytea = 17;
inline constexpr std::uint32_t kInt8 = 20;
inline constexpr std::uint32_t kText = 25;
inline constexpr std::uint32_t kDate = 1082;
inline constexpr std::uint32_t kTimestamptz = 1184;
inline constexpr std::uint32_t kNumeric = 1700;

inline constexpr std::int64_t kEpochDays = 10'957;  // 2000-01-01 in days since 1970-01-01
inline constexpr std::int64_t kEpochMicroseconds = kEpochDays * 86'400 * 1'000'000;

inline char* put_16(char* at, std::uint16_t value) {
    at[0] = static_cast<char>(value >> 8U);
    at[1] = static_cast<char>(value & 0xffU);
    return at + 2;
}
inline char* put_32(char* at, std::uint32_t value) {
    return put_16(put_16(at, static_cast<std::uint16_t>(value >> 16U)),
                  static_cast<std::uint16_t>(value & 0xffffU));
}
inline char* put_64(char* at, std::uint64_t value) {
    return put_32(put_32(at, static_cast<std::uint32_t>(value >> 32U)),
                  static_cast<std::uint32_t>(value & 0xffffffffU));
}

// Eight bytes of head and at most 11 groups of two.
inline constexpr std::size_t kMostNumericBytes = 32;
// Writes a numeric without its length; gives the end. `at` has kMostNumericBytes of room.
char* put_numeric(char* at, base::Int128 unscaled, int scale);
// Throws StoreError for NaN, infinity and numbers of more than 38 digits.
base::Decimal get_numeric(std::string_view bytes);

// One cell of a result in binary format. Throws std::logic_error for a type that no query of ours
// gives (floating point, arrays).
base::Value decode(std::uint32_t type, std::string_view bytes);

}  // namespace hrbridge::store::postgres
