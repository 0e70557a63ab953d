#pragma once

#include <string>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/store/batch_writer.h"

namespace hrbridge::store {

// The name of a batch's temporary table.
inline constexpr const char* kStaging = "batch_staging";

// The statements that bring a staged batch into its entity, written for one plan. $1 is the batch's
// id, $2 the time at which the rows became known.
class MergeSql {
  public:
    // `staged` are the columns of the staged table beside row_no and row_hash, as types say.
    MergeSql(const BatchPlan& plan,
             const std::vector<const base::Column*>& staged,
             sql::Dialect dialect);

    // Makes the staged table empty, whether it is there or not.
    const std::string& create() const { return create_; }
    // The rows whose key comes again: their row_no and that of their key's last row, by which they
    // are sorted.
    const std::string& repeated() const { return repeated_; }
    // Superseded versions into the history; empty when the plan keeps none.
    const std::string& keep_history() const { return keep_history_; }
    // Changed rows; empty when the plan only inserts.
    const std::string& update() const { return update_; }
    const std::string& insert() const { return insert_; }
    // For a preview: row_no, 1 when the row is new, then staged and stored value of each column.
    // Without changed rows when the plan only inserts.
    const std::string& compare() const { return compare_; }
    const std::vector<std::string>& stored() const { return stored_; }

  private:
    std::string create_;
    std::string repeated_;
    std::string keep_history_;
    std::string update_;
    std::string insert_;
    std::string compare_;
    std::vector<std::string> stored_;  // columns that go into the entity
};

}  // namespace hrbridge::store
