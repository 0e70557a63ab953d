#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hrbridge::sampling {

// 32 bytes of SHA-256; ordered as bytes, the first one first.
struct Digest {
    std::array<std::uint8_t, 32> bytes{};

    std::string hex() const;
    friend bool operator==(const Digest&, const Digest&) = default;
    friend std::strong_ordering operator<=>(const Digest& a, const Digest& b) {
        return a.bytes <=> b.bytes;
    }
};

// Where all randomness of a draw comes from: the ledger's entry that holds nonce, content root and
// plan, written before there is a seed. Whoever gives the nonce knows neither the time in the entry
// nor its seal (64 bytes by the store's key; empty where the ledger has none), and gets no second
// entry for the same content: nobody steers the draw, and everybody can repeat it from the ledger.
// ARCHITECTURE.md, "A draw".
Digest draw_seed(std::string_view entry_hash, std::string_view entry_seal);

// What is another one on each sheet of the same sample: its decoys and the order of its rows.
// `draw` is the draw's number.
Digest sheet_seed(const Digest& seed, std::int64_t draw);

// The two orders that rows are put in, by draw_seed() and by sheet_seed().
enum class Order { Sample, Decoy };

// The place of rows in one order of one seed. Not thread-safe; reuse it.
class Ranker {
  public:
    Ranker(Order order, const Digest& seed);
    Ranker(const Ranker&) = delete;
    Ranker& operator=(const Ranker&) = delete;
    ~Ranker();

    Digest of(std::string_view stratum, std::string_view key);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hrbridge::sampling
