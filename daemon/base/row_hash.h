#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/decimal.h"

namespace hrbridge::base {

// XXH3-128 of a row's canonical form, big endian. The canonical form is specified in
// ARCHITECTURE.md ("Row hash") with test vectors in tests/daemon/base/row_hash_vectors.txt.
struct RowHash {
    std::array<std::uint8_t, 16> bytes{};

    std::string hex() const;
    std::string_view view() const;  // the 16 bytes
    friend auto operator<=>(const RowHash&, const RowHash&) = default;
};

// Builds canonical rows: call one add_* a field, in the mapping's field order, then finish().
// Each cell is one tag byte, then for NULL nothing, for fixed kinds their canonical bytes, for
// text and bytes a 64-bit length and the bytes. Reuse one object for all rows.
class RowHasher {
  public:
    void add_null();
    void add_int(std::int64_t value);
    void add_bool(bool value);
    // By value, whatever the scale: 1.0 and 1.00 are the same cell.
    void add_decimal(Int128 unscaled, int scale);
    void add_text(std::string_view utf8);
    void add_bytes(std::string_view bytes);
    void add_date(std::int64_t days);
    void add_timestamp(std::int64_t microseconds);
    RowHash finish();  // and starts anew
    // The canonical bytes so far, for SHA-256 roots and tests.
    const std::string& canonical() const { return buffer_; }

  private:
    std::string buffer_;
};

// XXH3-64 of a key, for partitions and in-memory indexes.
std::uint64_t hash64(std::string_view bytes);

}  // namespace hrbridge::base
