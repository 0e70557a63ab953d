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

// Where all randomness of a draw comes from. The ledger's head and the content root are fixed by
// the freeze, before the checker gives the nonce; who knew one could not choose the other, so
// nobody steers the draw, and everybody can repeat it. ARCHITECTURE.md, "A draw".
Digest draw_seed(std::string_view ledger_head,
                 std::string_view content_root,
                 std::string_view nonce);

// The two orders that a seed puts rows in.
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
