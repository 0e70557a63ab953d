#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hrbridge::store {

// Remembers hashes in half a MiB, however many there are, from the first one on: may_hold() is true
// for each that was added, and for few others (of a million hashes one other in seven, of 100,000
// one in ten thousand). A Bloom filter.
class KeyFilter {
  public:
    void add(std::uint64_t hash) {
        words_.resize(kWords);
        for (unsigned i = 0; i < kProbes; ++i) {
            words_[word(hash, i)] |= bit(hash, i);
        }
    }
    bool may_hold(std::uint64_t hash) const {
        for (unsigned i = 0; i < kProbes; ++i) {
            if (words_.empty() || (words_[word(hash, i)] & bit(hash, i)) == 0) {
                return false;
            }
        }
        return true;
    }
    bool empty() const { return words_.empty(); }
    void clear() { words_.clear(); }

  private:
    static constexpr std::size_t kWords = std::size_t{1} << 16U;
    static constexpr unsigned kProbes = 4;

    static std::uint64_t probe(std::uint64_t hash, unsigned i) {
        return (hash >> 32U) + (i * ((hash & 0xFFFFFFFFU) | 1U));
    }
    static std::size_t word(std::uint64_t hash, unsigned i) {
        return (probe(hash, i) >> 6U) % kWords;
    }
    static std::uint64_t bit(std::uint64_t hash, unsigned i) {
        return std::uint64_t{1} << (probe(hash, i) & 63U);
    }

    std::vector<std::uint64_t> words_;
};

}  // namespace hrbridge::store
