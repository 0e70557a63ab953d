#include "daemon/base/row_hash.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include <xxhash.h>

#include "daemon/base/text.h"

namespace hrbridge::base {
namespace {

static_assert(std::endian::native == std::endian::little, "add_word swaps bytes");

void put_big_endian(char* out, std::uint64_t value) {
    value = __builtin_bswap64(value);
    std::memcpy(out, &value, sizeof value);
}

struct Normal {
    Int128 unscaled;
    int scale;
};

// The same number with the smallest scale.
Normal strip_zeros(Int128 unscaled, int scale) {
    constexpr Int128 kWordMax = std::numeric_limits<std::int64_t>::max();
    while (scale > 0 && (unscaled > kWordMax || unscaled < -kWordMax) && unscaled % 10 == 0) {
        unscaled /= 10;
        --scale;
    }
    if (unscaled > kWordMax || unscaled < -kWordMax) {
        return {unscaled, scale};
    }
    // 64-bit division is an order of magnitude faster, and nearly every number gets here.
    auto word = static_cast<std::int64_t>(unscaled);
    while (scale > 0 && word % 10 == 0) {
        word /= 10;
        --scale;
    }
    return {word, scale};
}

}  // namespace

std::string RowHash::hex() const {
    return to_hex(view());
}

std::string_view RowHash::view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void RowHasher::add_word(RowTag tag, std::int64_t word) {
    std::array<char, 9> cell{static_cast<char>(tag)};
    put_big_endian(cell.data() + 1, static_cast<std::uint64_t>(word));
    buffer_.append(cell.data(), cell.size());
}

void RowHasher::add_decimal(Int128 unscaled, int scale) {
    const Normal normal = strip_zeros(unscaled, scale);
    const auto bits = static_cast<UInt128>(normal.unscaled);
    std::array<char, 18> cell{static_cast<char>(RowTag::Decimal), static_cast<char>(normal.scale)};
    put_big_endian(cell.data() + 2, static_cast<std::uint64_t>(bits >> 64U));
    put_big_endian(cell.data() + 10, static_cast<std::uint64_t>(bits));
    buffer_.append(cell.data(), cell.size());
}

RowHash RowHasher::finish() {
    const XXH128_hash_t digest = XXH3_128bits(buffer_.data(), buffer_.size());
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, digest);
    RowHash hash;
    std::copy_n(std::begin(canonical.digest), hash.bytes.size(), hash.bytes.begin());
    buffer_.clear();
    return hash;
}

RowHash sealed_hash(const RowHash& plain, KeyedDigest& digest) {
    const std::string sealed = digest.of(plain.view());
    RowHash hash;
    std::copy_n(sealed.begin(), hash.bytes.size(), hash.bytes.begin());
    return hash;
}

std::uint64_t hash64(std::string_view bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace hrbridge::base
