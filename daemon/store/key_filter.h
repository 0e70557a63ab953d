#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hrbridge::store {

// Remembers hashes in half a MiB, however many there are, from the first one on: may_hold() is true
// for each that was added, and for few others (of a million hashes one other in six, of 100,000 one
// in five thousand). A Bloom filter whose probes for one hash lie in one cache line: each row is
// asked for, and its memory is not at hand.
class KeyFilter {
  public:
    void add(std::uint64_t hash) {
        words_.resize(kWords);
        for (unsigned i = 0; i < kProbes; ++i) {
            words_[word(hash, i)] |= bit(hash, i);
        }
    }
    bool may_hold(std::uint64_t hash) const {
        if (words_.empty()) {
            return false;
        }
        for (unsigned i = 0; i < kProbes; ++i) {
            if ((words_[word(hash, i)] & bit(hash, i)) == 0) {
                return false;
            }
        }
        return true;
    }
    bool empty() const { return words_.empty(); }
    void clear() { words_.clear(); }

  private:
    static constexpr unsigned kWordsALine = 8;
    static constexpr std::size_t kWords = std::size_t{1} << 16U;
    static constexpr unsigned kProbes = 4;

    // Nine bits of the hash a probe, of which three choose the word and six the bit; those above
    // all of them choose the line.
    static unsigned probe(std::uint64_t hash, unsigned i) {
        return static_cast<unsigned>(hash >> (9U * i)) & 511U;
    }
    static std::size_t word(std::uint64_t hash, unsigned i) {
        const std::size_t line = (hash >> (9U * kProbes)) % (kWords / kWordsALine);
        return line * kWordsALine + probe(hash, i) / 64;
    }
    static std::uint64_t bit(std::uint64_t hash, unsigned i) {
        return std::uint64_t{1} << (probe(hash, i) % 64);
    }

    std::vector<std::uint64_t> words_;
};

}  // namespace hrbridge::store
