#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/base/seal.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/reference_index.h"

namespace hrbridge::store {

// A row that a reference takes out; `row` counts in the batch as it came.
struct ReferenceProblem {
    std::size_t row = 0;
    const ReferenceField* field = nullptr;
    std::string waits_for;  // "org_unit.code=D0404"
};

// A block as the store takes it: references are ids, sealed fields and the hashes of their rows are
// sealed, rows that a reference took out are gone.
struct StagedBlock {
    std::shared_ptr<const base::Batch> batch;  // owned only when it had to be copied
    std::deque<base::Column> made;             // ids and sealed columns
    std::vector<const base::Column*> columns;  // one a column of the batch, in its order; finish()
    std::vector<std::string> keys;             // natural keys as text
    std::vector<ReferenceProblem> problems;

    std::size_t rows() const { return batch->rows(); }
    // As it is to be stored; nullptr when there is no such column.
    const base::Column* find(const std::string& column) const;
    // Drops the rows whose `keep` is 0; before columns are filled.
    void retain(const std::vector<std::uint8_t>& keep);
};

// Prepares the blocks of one run.
class BlockStager {
  public:
    BlockStager(sql::Connection& connection, const BatchPlan& plan, const base::SealKeys* keys);
    void begin_batch();
    // All but the sealed cells. `keep` copies the rows, so that the block outlives `batch`. Throws
    // StoreError.
    StagedBlock stage(const base::Batch& batch, bool keep);
    // Seals what is left of the block, and fills StagedBlock::columns.
    void finish(StagedBlock& block);
    void forget_references();

  private:
    void resolve(const ReferenceField& field,
                 ReferenceIndex& index,
                 StagedBlock& block,
                 std::vector<std::uint8_t>& keep);
    void seal_column(const base::Column& plain, StagedBlock& block);
    void seal_hashes(StagedBlock& block);
    bool is_sealed(const std::string& column) const;

    const BatchPlan& plan_;
    const base::SealKeys* keys_;
    std::optional<base::KeyedDigest> hash_digest_;
    std::vector<ReferenceIndex> indexes_;  // one a reference of the plan
};

// The hash of a row that is stored with NULL in place of its missing parent: another than that of
// the row with its parent, or the parent's arrival would change nothing.
base::RowHash without_parent(base::RowHash hash, const std::string& column);

// The natural key of a row as text, its parts joined by "/".
std::string key_text(const base::Batch& batch,
                     const std::vector<std::string>& key,
                     std::size_t row);

}  // namespace hrbridge::store
