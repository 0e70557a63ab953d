#include "daemon/store/row_spool_join.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace hrbridge::store {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kMany = kNone - 1;
constexpr std::uint32_t kMostPasses = 256;  // a pass is chosen by one byte of the key's hash

bool by_key(const SweepRow& a, const SweepRow& b) {
    return a.key < b.key;
}

// Finds stored rows by key: open addressing, since the keys are hashes already.
class StoredRows {
  public:
    explicit StoredRows(const std::vector<SweepRow>& rows) : rows_(rows) {
        std::size_t size = 16;
        while (size < rows.size() * 2) {
            size *= 2;
        }
        slots_.assign(size, kNone);
        mask_ = size - 1;
        for (std::uint32_t i = 0; i < rows.size(); ++i) {
            std::size_t at = slot_of(rows[i].key);
            while (slots_[at] != kNone) {
                at = (at + 1) & mask_;
            }
            slots_[at] = i;
        }
    }

    std::uint32_t find(const base::RowHash& key) const {
        for (std::size_t at = slot_of(key); slots_[at] != kNone; at = (at + 1) & mask_) {
            if (rows_[slots_[at]].key == key) {
                return slots_[at];
            }
        }
        return kNone;
    }

  private:
    // The first bytes are the same in all of a partition.
    std::size_t slot_of(const base::RowHash& key) const {
        std::uint64_t word = 0;
        std::memcpy(&word, key.bytes.data() + 8, sizeof word);
        return static_cast<std::size_t>(word) & mask_;
    }

    const std::vector<SweepRow>& rows_;
    std::vector<std::uint32_t> slots_;
    std::size_t mask_ = 0;
};

class Join {
  public:
    Join(const std::vector<SweepRow>& source,
         std::vector<SweepRow>& stored,
         SweepCompare compare,
         SweepJoinCounts& counts,
         const std::function<void(const SweepDifference&)>& tell)
        : source_(source), stored_(stored), compare_(compare), counts_(counts), tell_(tell) {}

    void run() {
        take_refused();
        const StoredRows index(stored_);
        std::vector<std::uint32_t> met(stored_.size(), kNone);
        for (std::uint32_t i = 0; i < source_.size(); ++i) {
            meet(i, index.find(source_[i].key), met);
        }
        for (std::uint32_t at = 0; at < stored_.size(); ++at) {
            judge_stored(at, met[at]);
        }
        judge_groups(index);
        tell_of_refused_gone();
    }

  private:
    // Open rejects are looked up only where there is a difference.
    void take_refused() {
        const auto rejects =
            std::partition(stored_.begin(), stored_.end(), [](const SweepRow& row) {
                return !row.is(SweepRow::kRefused);
            });
        refused_.assign(rejects, stored_.end());
        stored_.erase(rejects, stored_.end());
        std::sort(refused_.begin(), refused_.end(), by_key);
    }

    // A source row whose key the store has once and the source once is judged at once; all others
    // go to the groups.
    void meet(std::uint32_t row, std::uint32_t at, std::vector<std::uint32_t>& met) {
        if (at == kNone) {
            groups_.push_back(source_[row]);
        } else if (met[at] == kNone) {
            met[at] = row;
        } else {
            if (met[at] != kMany) {
                groups_.push_back(source_[std::exchange(met[at], kMany)]);
            }
            groups_.push_back(source_[row]);
        }
    }

    bool is_refused(const SweepRow& row) const {
        const auto [first, last] = std::equal_range(refused_.begin(), refused_.end(), row, by_key);
        return std::any_of(first, last, [&](const SweepRow& each) {
            return compare_ == SweepCompare::Keys || each.hash == row.hash;
        });
    }

    bool is_same(const SweepRow& source, const SweepRow& stored) const {
        return !stored.is(SweepRow::kGone) &&
               (compare_ == SweepCompare::Keys ||
                (!source.is(SweepRow::kUnmapped) && source.hash == stored.hash));
    }

    void judge_stored(std::uint32_t at, std::uint32_t source) {
        const SweepRow& stored = stored_[at];
        const bool live = !stored.is(SweepRow::kGone);
        counts_.live += live ? 1 : 0;
        if (source == kNone && live && !stored.is(SweepRow::kNew)) {
            tell({SweepDifference::Kind::Missing, {}, stored.number});
        } else if (source != kNone && source != kMany) {
            if (!is_same(source_[source], stored)) {
                judge(std::span(&source_[source], 1), &stored);
            }
        }
    }

    void judge_groups(const StoredRows& index) {
        std::sort(groups_.begin(), groups_.end(), [](const SweepRow& a, const SweepRow& b) {
            return a.key == b.key ? a.number > b.number : a.key < b.key;
        });
        for (std::size_t i = 0; i < groups_.size();) {
            std::size_t end = i + 1;
            while (end < groups_.size() && groups_[end].key == groups_[i].key) {
                ++end;
            }
            const std::uint32_t at = index.find(groups_[i].key);
            judge(std::span(&groups_[i], end - i), at == kNone ? nullptr : &stored_[at]);
            i = end;
        }
    }

    // The rows of one key, newest first. Refused ones overtake none. Of those that changed at the
    // same time none can be told to be older: as long as the store has one of them, the writer has
    // chosen it.
    void judge(std::span<const SweepRow> rows, const SweepRow* stored) {
        std::optional<std::int64_t> newest;
        // That a key is refused says nothing of a row that is gone and may be good again.
        const bool may_be_back =
            compare_ == SweepCompare::Keys && stored != nullptr && stored->is(SweepRow::kGone);
        std::vector<const SweepRow*> differ;
        for (const SweepRow& row : rows) {
            if (newest && row.number != *newest) {
                break;
            }
            if (stored != nullptr && is_same(row, *stored)) {
                return;
            }
            if (!may_be_back && is_refused(row)) {
                continue;
            }
            differ.push_back(&row);
            newest = row.number;
        }
        const bool changed = stored != nullptr && !stored->is(SweepRow::kGone);
        for (const SweepRow* row : differ) {
            tell({changed ? SweepDifference::Kind::Changed : SweepDifference::Kind::Added,
                  *row,
                  stored == nullptr ? 0 : stored->number});
        }
    }

    void tell_of_refused_gone() {
        if (refused_.empty()) {
            return;
        }
        std::vector<std::uint8_t> there(refused_.size(), 0);
        for (const SweepRow& row : source_) {
            const auto [first, last] =
                std::equal_range(refused_.begin(), refused_.end(), row, by_key);
            std::fill(there.begin() + (first - refused_.begin()),
                      there.begin() + (last - refused_.begin()),
                      std::uint8_t{1});
        }
        for (std::size_t i = 0; i < refused_.size(); ++i) {
            if (there[i] == 0) {
                tell_({SweepDifference::Kind::RefusedGone, {}, refused_[i].number});
            }
        }
    }

    void tell(const SweepDifference& difference) {
        ++counts_.differ;
        tell_(difference);
    }

    const std::vector<SweepRow>& source_;
    std::vector<SweepRow>& stored_;
    std::vector<SweepRow> refused_;
    std::vector<SweepRow> groups_;
    const SweepCompare compare_;
    SweepJoinCounts& counts_;
    const std::function<void(const SweepDifference&)>& tell_;
};

}  // namespace

void join_sweep(const std::vector<SweepRow>& source,
                std::vector<SweepRow>& stored,
                SweepCompare compare,
                SweepJoinCounts& counts,
                const std::function<void(const SweepDifference&)>& tell) {
    Join(source, stored, compare, counts, tell).run();
}

void join_spools(const SweepSpool& source,
                 const SweepSpool& stored,
                 SweepCompare compare,
                 std::size_t most_rows,
                 SweepJoinCounts& counts,
                 const std::function<void(const SweepDifference&)>& tell) {
    std::vector<SweepRow> left;
    std::vector<SweepRow> right;
    for (std::uint32_t partition = 0; partition < source.partitions(); ++partition) {
        const std::size_t rows = std::max(source.rows(partition), stored.rows(partition));
        const auto passes = static_cast<std::uint32_t>(
            std::clamp<std::size_t>((rows + most_rows - 1) / most_rows, 1, kMostPasses));
        for (std::uint32_t pass = 0; pass < passes; ++pass) {
            source.read(partition, pass, passes, left);
            stored.read(partition, pass, passes, right);
            join_sweep(left, right, compare, counts, tell);
        }
    }
}

}  // namespace hrbridge::store
