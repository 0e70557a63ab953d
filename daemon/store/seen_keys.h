#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hrbridge::store {

// Which row of a batch had a key's hash first. Two arrays that stay from batch to batch, in place
// of a map's node for each key that every batch makes and frees again.
class SeenKeys {
  public:
    // The number of the first row with this hash: `row` when it is the first. Rows count from 1.
    std::int64_t first_row(std::uint64_t hash, std::int64_t row) {
        if (2 * (size_ + 1) > rows_.size()) {
            grow();
        }
        const std::size_t place = find(hash);
        if (rows_[place] == 0) {
            hashes_[place] = hash;
            rows_[place] = static_cast<std::uint32_t>(row);
            ++size_;
        }
        return rows_[place];
    }
    bool holds(std::uint64_t hash) const { return size_ > 0 && rows_[find(hash)] != 0; }
    void clear() {
        std::fill(rows_.begin(), rows_.end(), 0U);
        size_ = 0;
    }

  private:
    static constexpr std::size_t kLeast = 1024;  // a power of two, as every size is

    // Where the hash is, or the free place for it.
    std::size_t find(std::uint64_t hash) const {
        const std::size_t mask = rows_.size() - 1;
        std::size_t place = hash & mask;
        while (rows_[place] != 0 && hashes_[place] != hash) {
            place = (place + 1) & mask;
        }
        return place;
    }
    void grow() {
        SeenKeys larger;
        const std::size_t places = std::max(kLeast, 2 * rows_.size());
        larger.hashes_.resize(places);
        larger.rows_.resize(places);
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            if (rows_[i] != 0) {
                larger.first_row(hashes_[i], rows_[i]);
            }
        }
        *this = std::move(larger);
    }

    std::vector<std::uint64_t> hashes_;
    std::vector<std::uint32_t> rows_;  // 0: free
    std::size_t size_ = 0;
};

}  // namespace hrbridge::store
