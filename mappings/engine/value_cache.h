#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "mappings/engine/convert.h"

namespace hrbridge::engine {

// What a field made of the cells that it met last, by their bytes: most columns hold few different
// values, and finding one again takes less than mapping it. Holds short good values only; a column
// whose values hardly come again is soon left alone. Not thread-safe.
class ValueCache {
  public:
    static constexpr std::size_t kMostBytes = 31;

    // The outcome of a cell that passed. The text views the cache, and is valid until the next
    // put(), or the raw bytes that were asked for.
    struct Made {
        bool null = false;
        Typed typed;
        std::string_view text;      // of Text fields
        std::uint32_t changed = 0;  // bit i: the field's i-th step changed the value
        bool private_use = false;
        bool replacement = false;
        bool check_changed = false;
    };

    ValueCache() = default;
    // `entries` is a power of two.
    explicit ValueCache(std::size_t entries) : entries_(entries), texts_(entries) {}

    bool takes(std::string_view raw) const { return !entries_.empty() && raw.size() <= kMostBytes; }
    // False when the value is not there. Only for what takes() takes.
    bool find(std::string_view raw, Made& made);
    void put(std::string_view raw, const Made& made);

  private:
    static constexpr std::uint8_t kEmpty = 0xff;
    // One line of the processor's cache.
    struct alignas(64) Entry {
        std::uint8_t raw_size = kEmpty;
        std::uint8_t text_size = 0;
        bool null = false;
        std::uint8_t notes = 0;
        std::uint32_t changed = 0;
        std::int64_t word = 0;
        base::Int128 decimal = 0;
        std::array<char, kMostBytes> raw{};
    };
    static_assert(sizeof(Entry) == 64);

    std::size_t place_of(std::string_view raw) const;

    std::vector<Entry> entries_;
    std::vector<std::array<char, kMostBytes>> texts_;  // those that are not the raw bytes
    std::uint32_t asked_ = 0;
    std::uint32_t found_ = 0;
};

}  // namespace hrbridge::engine
