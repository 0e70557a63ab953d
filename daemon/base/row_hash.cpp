#include "daemon/base/row_hash.h"

#include <algorithm>
#include <limits>

#include <xxhash.h>

#include "daemon/base/text.h"

namespace hrbridge::base {
namespace {

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

void RowHasher::grow(std::size_t bytes) {
    buffer_.resize(std::max(buffer_.size() * 2, used_ + 1 + bytes));
}

void RowHasher::add_decimal(Int128 unscaled, int scale) {
    const Normal normal = strip_zeros(unscaled, scale);
    const auto bits = static_cast<UInt128>(normal.unscaled);
    char* const cell = put(RowTag::Decimal, 1 + sizeof bits);
    *cell = static_cast<char>(normal.scale);
    put_big_endian(put_big_endian(cell + 1, static_cast<std::uint64_t>(bits >> 64U)),
                   static_cast<std::uint64_t>(bits));
}

RowHash RowHasher::finish() {
    const XXH128_hash_t digest = XXH3_128bits(buffer_.data(), used_);
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, digest);
    RowHash hash;
    std::copy_n(std::begin(canonical.digest), hash.bytes.size(), hash.bytes.begin());
    used_ = 0;
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
