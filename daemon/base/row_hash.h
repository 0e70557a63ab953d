#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/decimal.h"
#include "daemon/base/keyed_digest.h"

namespace hrbridge::base {

// XXH3-128 of a row's canonical form, big endian, or sealed_hash() of it. Specified in
// ARCHITECTURE.md ("Row hash 2") with test vectors in tests/daemon/base/row_hash_vectors.txt.
struct RowHash {
    std::array<std::uint8_t, 16> bytes{};

    std::string hex() const;
    std::string_view view() const;  // the 16 bytes
    friend bool operator==(const RowHash& a, const RowHash& b) {
        return a.word(0) == b.word(0) && a.word(8) == b.word(8);
    }
    // By the bytes.
    friend std::strong_ordering operator<=>(const RowHash& a, const RowHash& b) {
        const auto high = a.word(0) <=> b.word(0);
        return high != std::strong_ordering::equal ? high : a.word(8) <=> b.word(8);
    }

  private:
    // Eight of the bytes as a number; a call of memcmp for each comparison is most of a sort.
    std::uint64_t word(std::size_t at) const {
        std::uint64_t out = 0;
        std::memcpy(&out, bytes.data() + at, sizeof out);
        return std::endian::native == std::endian::little ? __builtin_bswap64(out) : out;
    }
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
    void add_null() { put(RowTag::Null); }
    void add_int(std::int64_t value) { add_word(RowTag::Int, value); }
    void add_bool(bool value) {
        char* const cell = put(RowTag::Bool, 1);
        *cell = value ? '\1' : '\0';
    }
    // By value, whatever the scale: 1.0 and 1.00 are the same cell.
    void add_decimal(Int128 unscaled, int scale);
    void add_text(std::string_view utf8) { add_sized(RowTag::Text, utf8); }
    void add_bytes(std::string_view bytes) { add_sized(RowTag::Bytes, bytes); }
    void add_date(std::int64_t days) { add_word(RowTag::Day, days); }
    void add_timestamp(std::int64_t microseconds) { add_word(RowTag::Instant, microseconds); }
    RowHash finish();  // and starts anew
    // The canonical bytes so far, for SHA-256 roots and tests.
    std::string_view canonical() const { return {buffer_.data(), used_}; }

  private:
    // A cell's tag, and room for so many bytes behind it.
    char* put(RowTag tag, std::size_t bytes = 0) {
        if (buffer_.size() - used_ <= bytes) {
            grow(bytes);
        }
        char* const cell = buffer_.data() + used_;
        *cell = static_cast<char>(tag);
        used_ += 1 + bytes;
        return cell + 1;
    }
    static char* put_big_endian(char* at, std::uint64_t word) {
        static_assert(std::endian::native == std::endian::little, "bytes are swapped");
        word = __builtin_bswap64(word);
        std::memcpy(at, &word, sizeof word);
        return at + sizeof word;
    }
    void add_word(RowTag tag, std::int64_t word) {
        put_big_endian(put(tag, sizeof word), static_cast<std::uint64_t>(word));
    }
    void add_sized(RowTag tag, std::string_view bytes) {
        char* const cell = put(tag, sizeof(std::uint64_t) + bytes.size());
        char* const start = put_big_endian(cell, bytes.size());
        std::copy_n(bytes.data(), bytes.size(), start);
    }
    void grow(std::size_t bytes);

    std::vector<char> buffer_;
    std::size_t used_ = 0;
};

// SealKeys::digest() of row hashes that are sealed. The 2 is the specification's version.
inline constexpr std::string_view kRowHashPurpose = "row hash 2";

// What is stored for a row that has sealed cells: a hash that anybody can compute would give them
// away to who tries all pays. The first 16 bytes of the digest of the plain hash.
RowHash sealed_hash(const RowHash& plain, KeyedDigest& digest);

// XXH3-64 of a key, for partitions and in-memory indexes.
std::uint64_t hash64(std::string_view bytes);

}  // namespace hrbridge::base
