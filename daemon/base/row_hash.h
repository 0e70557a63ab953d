#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/decimal.h"
#include "daemon/base/keyed_digest.h"

namespace hrbridge::base {

// XXH3-128 of a row's canonical form, big endian, or sealed_hash() of it. Specified in
// ARCHITECTURE.md ("Row hash 2") with test vectors in tests/daemon/base/row_hash_vectors.txt.
struct RowHash {
    std::array<std::uint8_t, 16> bytes{};

    std::string hex() const;
    std::string_view view() const;  // the 16 bytes
    friend auto operator<=>(const RowHash&, const RowHash&) = default;
};

// The first byte of a cell. The numbers are part of the format and never change.
enum class RowTag : std::uint8_t {
    Null = 0,
    Int = 1,
    Bool = 2,
    Decimal = 3,
    Text = 4,
    Bytes = 5,
    Day = 6,
    Instant = 7,
};

// Builds canonical rows: call one add_* a field, in the mapping's field order, then finish().
// Each cell is one tag byte, then for NULL nothing, for fixed kinds their canonical bytes, for
// text and bytes a 64-bit length and the bytes. Reuse one object for all rows.
class RowHasher {
  public:
    void add_null() { buffer_.push_back(static_cast<char>(RowTag::Null)); }
    void add_int(std::int64_t value) { add_word(RowTag::Int, value); }
    void add_bool(bool value) {
        buffer_.push_back(static_cast<char>(RowTag::Bool));
        buffer_.push_back(value ? '\1' : '\0');
    }
    // By value, whatever the scale: 1.0 and 1.00 are the same cell.
    void add_decimal(Int128 unscaled, int scale);
    void add_text(std::string_view utf8) {
        add_word(RowTag::Text, static_cast<std::int64_t>(utf8.size()));
        buffer_.append(utf8);
    }
    void add_bytes(std::string_view bytes) {
        add_word(RowTag::Bytes, static_cast<std::int64_t>(bytes.size()));
        buffer_.append(bytes);
    }
    void add_date(std::int64_t days) { add_word(RowTag::Day, days); }
    void add_timestamp(std::int64_t microseconds) { add_word(RowTag::Instant, microseconds); }
    RowHash finish();  // and starts anew
    // The canonical bytes so far, for SHA-256 roots and tests.
    const std::string& canonical() const { return buffer_; }

  private:
    // The tag and 8 bytes, big endian.
    void add_word(RowTag tag, std::int64_t word);

    std::string buffer_;
};

// SealKeys::digest() of row hashes that are sealed. The 2 is the specification's version.
inline constexpr std::string_view kRowHashPurpose = "row hash 2";

// What is stored for a row that has sealed cells: a hash that anybody can compute would give them
// away to who tries all pays. The first 16 bytes of the digest of the plain hash.
RowHash sealed_hash(const RowHash& plain, KeyedDigest& digest);

// XXH3-64 of a key, for partitions and in-memory indexes.
std::uint64_t hash64(std::string_view bytes);

}  // namespace hrbridge::base
