#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store/reference_index.h"
#include "daemon/store/row_spool.h"
#include "mappings/engine/mapper.h"
#include "migration/reconcile/target_rows.h"

namespace hrbridge::reconcile {

// Maps a source's blocks anew and gives of each row what is held against the store: key and row
// hash as TargetRows gives them, watermark and flags. One thread; over a connection of its own.
class SourceRows {
  public:
    // `target` says which fields and which key; all outlive this.
    SourceRows(store::sql::Connection& side,
               const base::SealKeys* keys,
               const engine::Mapping& mapping,
               const TargetRows& target,
               base::Date today);

    // Again after a failure, with the same columns. Throws check::CannotCheck where the source's
    // columns are not those that the mapping needs.
    void begin(const std::vector<base::DescribedColumn>& columns);
    const std::vector<base::DescribedColumn>& columns() const { return columns_; }

    // Replaces `out`. Rows that the mapping refuses are there with the flag kUnmapped and a hash of
    // their bytes, as far as their key can be mapped.
    void map(const base::RawBlock& block, std::vector<store::SweepRow>& out);
    // Of the last map(): rows without a key that could be mapped.
    std::int64_t unkeyed() const { return unkeyed_; }

    // Of row `i` of the last map(): the key's values, and those of TargetRows::fields(), an
    // optional reference without its parent as NULL. No cells where the mapping refuses the row;
    // `why` then is the rule and its reason.
    struct Cells {
        std::vector<base::Value> key;
        std::vector<base::Value> cells;
        std::string rule;
        std::string reason;
    };
    Cells cells_of(std::size_t i) const;

    // The rows from this watermark on changed after `loaded_to`; nullopt where watermarks do not
    // tell.
    std::optional<std::int64_t> moved_from(base::Timestamp loaded_to) const;

  private:
    struct Optional {
        std::size_t column;  // of the batch
        store::ReferenceIndex parents;
        std::vector<bool> missing;  // by row of the batch
    };
    void add_good(std::vector<store::SweepRow>& out);
    void add_refused(const base::RawBlock& block, std::vector<store::SweepRow>& out);
    void find_parents(const base::Batch& batch);
    base::RowHash hash_without_parents(const base::Batch& batch, std::size_t row);
    std::vector<const base::Column*> key_columns(const base::Batch& batch) const;
    base::RowHash key_of(const std::vector<const base::Column*>& key, std::size_t row);
    base::RowHash sealed(const base::RowHash& hash);
    bool lacks_parent(std::size_t row) const;

    store::sql::Connection& side_;
    const base::SealKeys* keys_;
    const engine::Mapping& mapping_;
    engine::Mapping key_part_;
    const TargetRows& target_;
    base::Date today_;
    std::vector<base::DescribedColumn> columns_;
    std::optional<engine::Mapper> mapper_;
    std::optional<engine::Mapper> key_mapper_;
    std::vector<std::size_t> stored_;  // columns of the batch, in the order of the target's fields
    std::vector<Optional> optional_;
    std::optional<base::KeyedDigest> digest_;
    base::RowHasher hasher_;
    engine::MapOutcome mapped_;
    engine::MapOutcome mapped_keys_;
    std::vector<std::pair<std::size_t, std::size_t>> refused_;  // row of mapped_keys_, of rejects
    std::int64_t unkeyed_ = 0;
};

}  // namespace hrbridge::reconcile
