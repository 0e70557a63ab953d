#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hrbridge::base {

// SHAKE256 of a row's canonical cells, 4,096 bits. Its first 32 bytes are the row's digest.
struct RowImage {
    static constexpr std::size_t kWords = 64;
    std::array<std::uint64_t, kWords> words{};  // the lowest first; of each, the lowest byte first

    std::string digest() const;  // 32 bytes
};

// Reuse one object; not thread-safe.
class RowImager {
  public:
    RowImager();
    RowImager(RowImager&&) noexcept;
    RowImager& operator=(RowImager&&) noexcept;
    ~RowImager();

    RowImage of(std::string_view canonical);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The sum of rows' images modulo 2^4096: equal for equal sets of rows in any order, and moved on
// row by row without looking at the others. Who can choose the rows needs some 2^128 steps to find
// two sets of one sum (Wagner's k-tree), so that a sealed sum stands for the set.
class RowSum {
  public:
    static constexpr std::size_t kBytes = RowImage::kWords * 8;
    // nullopt for any other size.
    static std::optional<RowSum> from_bytes(std::string_view bytes);

    void add(const RowImage& row) { add(row.words); }
    void subtract(const RowImage& row);
    void add(const RowSum& other) { add(other.total_.words); }
    std::string bytes() const;  // kBytes, the lowest first

    friend bool operator==(const RowSum& a, const RowSum& b) {
        return a.total_.words == b.total_.words;
    }

  private:
    void add(const std::array<std::uint64_t, RowImage::kWords>& words);

    RowImage total_;
};

}  // namespace hrbridge::base
