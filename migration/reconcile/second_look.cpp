#include "migration/reconcile/second_look.h"

#include <algorithm>
#include <utility>

namespace hrbridge::reconcile {
namespace {

using Kind = store::SweepDifference::Kind;
using Since = Findings::Since;

}  // namespace

void SecondLook::run(std::vector<store::SweepDifference> wanted) {
    if (wanted.empty()) {
        return;
    }
    std::uint32_t first = wanted.front().source.block;
    std::uint32_t last = first;
    for (store::SweepDifference& each : wanted) {
        first = std::min(first, each.source.block);
        last = std::max(last, each.source.block);
        wanted_.push_back({each, false});
    }
    std::sort(wanted_.begin(), wanted_.end(), [](const Wanted& a, const Wanted& b) {
        return a.difference.source.key < b.difference.source.key;
    });
    left_ = wanted_.size();
    last_position_ = parts_.positions[last];
    SourceReading reading;
    reading.after = first == 0 ? "" : parts_.positions[first - 1];
    reading.begin = [&](const auto& columns) { parts_.rows.begin(columns); };
    reading.take = [&](const base::RawBlock& block) { return take(block); };
    parts_.reader.read(parts_.mapping, reading);
    name_rest();
}

bool SecondLook::take(const base::RawBlock& block) {
    parts_.rows.map(block, mapped_);
    std::vector<Seen> seen;
    for (std::size_t i = 0; i < mapped_.size(); ++i) {
        if (Wanted* const wanted = find(mapped_[i])) {
            seen.push_back({wanted, i});
        }
    }
    judge(seen);
    // Where rows were put in meanwhile the block's end lies elsewhere: then it is read on.
    return left_ > 0 && block.position != last_position_;
}

// Of several rows of one key the one that was chosen, or one that is newer by now.
SecondLook::Wanted* SecondLook::find(const store::SweepRow& row) {
    auto at = std::lower_bound(
        wanted_.begin(), wanted_.end(), row.key, [](const Wanted& each, const auto& key) {
            return each.difference.source.key < key;
        });
    for (; at != wanted_.end() && at->difference.source.key == row.key; ++at) {
        const store::SweepRow& chosen = at->difference.source;
        const bool same = row.number == chosen.number && row.hash == chosen.hash;
        if (!at->found && (same || row.number > chosen.number)) {
            return &*at;
        }
    }
    return nullptr;
}

Since SecondLook::since(std::int64_t watermark) const {
    return parts_.moved_from && watermark >= *parts_.moved_from ? Since::Moved : Since::Load;
}

void SecondLook::judge(const std::vector<Seen>& seen) {
    std::vector<std::int64_t> ids;
    for (const Seen& each : seen) {
        if (each.wanted->difference.id != 0) {
            ids.push_back(each.wanted->difference.id);
        }
    }
    std::map<std::int64_t, TargetCells> stored;
    for (TargetCells& row : parts_.target.fetch(ids)) {
        const std::int64_t id = row.id;
        stored.emplace(id, std::move(row));
    }
    for (const Seen& each : seen) {
        judge(each, stored);
    }
}

void SecondLook::judge(const Seen& seen, const std::map<std::int64_t, TargetCells>& stored) {
    if (std::exchange(seen.wanted->found, true)) {
        return;
    }
    --left_;
    const SourceRows::Cells cells = parts_.rows.cells_of(seen.row);
    const Since when = since(mapped_[seen.row].number);
    const auto row = stored.find(seen.wanted->difference.id);
    if (!cells.rule.empty()) {
        parts_.findings.row(cells.key,
                            {row == stored.end() ? "refused_unknown" : "refused_stored",
                             {{"rule", cells.rule}, {"reason", cells.reason}}},
                            when);
    } else if (row == stored.end()) {
        parts_.findings.row(cells.key, {"row_missing", {}}, when);
    } else if (parts_.findings.changed(cells.key, cells.cells, row->second.cells, when) == 0) {
        parts_.findings.row(cells.key, {"moved_back", {}}, Since::Moved);
    }
}

// Not where they were: changed again, moved to another key, or deleted, while both were read.
void SecondLook::name_rest() {
    std::vector<std::int64_t> ids;
    std::int64_t unknown = 0;
    for (const Wanted& each : wanted_) {
        if (!each.found) {
            if (each.difference.id != 0) {
                ids.push_back(each.difference.id);
            } else {
                ++unknown;
            }
        }
    }
    for (const TargetCells& row : parts_.target.fetch(ids)) {
        parts_.findings.row(row.key, {"moved_away", {}}, Since::Moved);
    }
    parts_.findings.more(unknown, Since::Moved);
}

}  // namespace hrbridge::reconcile
