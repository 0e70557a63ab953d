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

}  // namespace

ValueCache::Entry& ValueCache::entry_of(std::string_view raw) {
    return entries_[base::hash64(raw) & (entries_.size() - 1)];
}

bool ValueCache::find(std::string_view raw, Made& made) {
    if (++asked_ == kTrial) {
        const bool worth = found_ >= kWorth;
        asked_ = 0;
        found_ = 0;
        if (!worth) {
            std::vector<Entry>().swap(entries_);
            return false;
        }
    }
    const Entry& entry = entry_of(raw);
    if (entry.raw_size != raw.size() || !std::equal(raw.begin(), raw.end(), entry.raw.begin())) {
        return false;
    }
    ++found_;
    made = {entry.null,
            entry.typed,
            {entry.text.data(), entry.text_size},
            entry.changed,
            (entry.notes & kPrivateUse) != 0,
            (entry.notes & kReplacement) != 0,
            (entry.notes & kCheckChanged) != 0};
    return true;
}

void ValueCache::put(std::string_view raw, const Made& made) {
    if (!takes(raw) || made.text.size() > kMostBytes) {
        return;
    }
    Entry& entry = entry_of(raw);
    entry.raw_size = static_cast<std::uint8_t>(raw.size());
    entry.text_size = static_cast<std::uint8_t>(made.text.size());
    entry.null = made.null;
    entry.notes = static_cast<std::uint8_t>((made.private_use ? kPrivateUse : 0) |
                                            (made.replacement ? kReplacement : 0) |
                                            (made.check_changed ? kCheckChanged : 0));
    entry.changed = made.changed;
    entry.typed = made.typed;
    std::copy(raw.begin(), raw.end(), entry.raw.begin());
    std::copy(made.text.begin(), made.text.end(), entry.text.begin());
}

}  // namespace hrbridge::engine
