#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/batch_writer.h"
#include "daemon/store/merge_sql.h"
#include "daemon/store/staged_block.h"

namespace hrbridge::store {

// Finds the rows of a block that the store has exactly so and that staging would only find
// unchanged: asks for the row hashes between the block's lowest and highest key. A snapshot, which
// comes in the order of its key, finds nearly all of them this way; a reading in another order
// finds few, and is soon asked seldom. One writer's; not thread-safe.
class UnchangedRows {
  public:
    // `timed` when the rows say when they changed.
    UnchangedRows(sql::Connection& connection,
                  const BatchPlan& plan,
                  const std::optional<SourceMap>& timed);

    // Whether the plan's rules say the same of a row that is stored already. Those that look at
    // more than its fields may not; others only of a row that this version of the mapping stored.
    static bool rules_allow(const BatchPlan& plan, bool timed);

    // Sets `keep`, which has the block's rows, to 0 where such a row is; false when there is none.
    // Throws StoreError.
    bool find(const StagedBlock& block, std::vector<std::uint8_t>& keep);

  private:
    std::vector<base::Value> bounds(const StagedBlock& block) const;

    sql::Connection& connection_;
    const BatchPlan& plan_;
    const bool timed_;
    std::string select_;
    std::uint32_t pause_ = 0;  // blocks after one that had few such rows
    std::uint32_t skip_ = 0;   // of them still to come
};

}  // namespace hrbridge::store
