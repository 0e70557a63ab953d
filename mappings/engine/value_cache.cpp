#include "mappings/engine/value_cache.h"

#include <algorithm>

#include "daemon/base/row_hash.h"

namespace hrbridge::engine {
namespace {

// So often it is asked before it is judged, and so many of these questions must have been answered.
constexpr std::uint32_t kTrial = 16'384;
constexpr std::uint32_t kWorth = kTrial / 4;

constexpr std::uint8_t kPrivateUse = 1;
constexpr std::uint8_t kReplacement = 2;
constexpr std::uint8_t kCheckChanged = 4;
constexpr std::uint8_t kSameText = 8;

}  // namespace

std::size_t ValueCache::place_of(std::string_view raw) const {
    return base::hash64(raw) & (entries_.size() - 1);
}

bool ValueCache::find(std::string_view raw, Made& made) {
    if (++asked_ == kTrial) {
        const bool worth = found_ >= kWorth;
        asked_ = 0;
        found_ = 0;
        if (!worth) {
            std::vector<Entry>().swap(entries_);
            texts_ = {};
            return false;
        }
    }
    const std::size_t place = place_of(raw);
    const Entry& entry = entries_[place];
    if (entry.raw_size != raw.size() || !std::equal(raw.begin(), raw.end(), entry.raw.begin())) {
        return false;
    }
    ++found_;
    made.null = entry.null;
    made.typed = {entry.word, entry.decimal};
    made.text = (entry.notes & kSameText) != 0
                    ? raw
                    : std::string_view(texts_[place].data(), entry.text_size);
    made.changed = entry.changed;
    made.private_use = (entry.notes & kPrivateUse) != 0;
    made.replacement = (entry.notes & kReplacement) != 0;
    made.check_changed = (entry.notes & kCheckChanged) != 0;
    return true;
}

void ValueCache::put(std::string_view raw, const Made& made) {
    if (!takes(raw) || made.text.size() > kMostBytes) {
        return;
    }
    const std::size_t place = place_of(raw);
    Entry& entry = entries_[place];
    entry.raw_size = static_cast<std::uint8_t>(raw.size());
    entry.text_size = static_cast<std::uint8_t>(made.text.size());
    entry.null = made.null;
    entry.notes = static_cast<std::uint8_t>(
        (made.private_use ? kPrivateUse : 0) | (made.replacement ? kReplacement : 0) |
        (made.check_changed ? kCheckChanged : 0) | (made.text == raw ? kSameText : 0));
    entry.changed = made.changed;
    entry.word = made.typed.word;
    entry.decimal = made.typed.decimal;
    std::copy(raw.begin(), raw.end(), entry.raw.begin());
    std::copy(made.text.begin(), made.text.end(), texts_[place].begin());
}

}  // namespace hrbridge::engine
