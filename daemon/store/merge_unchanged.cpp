#include "daemon/store/merge_writer.h"

// The part of a batch's writing that passes over rows which the store has exactly so.
namespace hrbridge::store {

// What remember() does for a staged row.
void MergeWriter::pass_by_staging(const base::Batch& batch,
                                  std::size_t row,
                                  const std::shared_ptr<const base::RawBlock>& raw) {
    mix(content_, batch.hashes[row]);
    if (rejects_.worth_noting() && raw != nullptr) {
        const std::uint32_t source = batch.source_rows[row];
        rejects_.note_good(*raw, source, rows_before_ + source);
    }
}

// The row's hash holds its key, so that it alone says that it is this row.
void MergeWriter::drop_unchanged(StagedBlock& block,
                                 const std::shared_ptr<const base::RawBlock>& raw) {
    if (is_first_ || plan_.run_id == 0 || !UnchangedRows::rules_allow(plan_, timed_)) {
        return;
    }
    if (!unchanged_) {
        unchanged_.emplace(connection_, plan_, timed_ ? std::optional(map_) : std::nullopt);
    }
    std::vector<std::uint8_t> keep(block.rows(), 1);
    if (!unchanged_->find(block, keep)) {
        return;
    }
    keep_repeated(block, keep);
    for (std::size_t row = 0; row < keep.size(); ++row) {
        if (keep[row] == 0) {
            pass_by_staging(*block.batch, row, raw);
            ++outcome_.unchanged;
        }
    }
    block.retain(keep);
}

// Where the batch has another row of its key, staging decides between them.
void MergeWriter::keep_repeated(const StagedBlock& block, std::vector<std::uint8_t>& keep) const {
    std::unordered_set<std::uint64_t> staged;
    for (std::size_t row = 0; row < keep.size(); ++row) {
        if (keep[row] != 0) {
            staged.insert(base::hash64(block.keys[row]));
        }
    }
    for (std::size_t row = 0; row < keep.size(); ++row) {
        if (keep[row] == 0) {
            const std::uint64_t key = base::hash64(block.keys[row]);
            keep[row] = static_cast<std::uint8_t>(staged.count(key) > 0 || keys_seen_.holds(key));
        }
    }
}

}  // namespace hrbridge::store
