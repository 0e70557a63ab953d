#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/store/batch_writer.h"
#include "daemon/store/content_sum.h"

namespace hrbridge::store {

// Moves an entity's sum on by what one transaction writes, and has the ledger told. Does nothing
// for an entity that was never promoted. One writer's; not thread-safe.
class ContentWatch {
  public:
    // `plan` outlives it.
    ContentWatch(sql::Connection& connection, const BatchPlan& plan);

    // Whether the entity has a sum: asked of the store at the first call.
    bool is_on();
    // `rows` is what stands behind "SELECT … " for the entity as t: the rows that are about to
    // change, as they are still.
    void before(std::string_view rows);
    // The rows that were written, as they are now.
    void after(std::string_view rows);
    // Writes the sum and tells the ledger, when anything changed: the transaction's last act.
    // Throws StoreError(Stop) where nobody can tell the ledger.
    void seal(const std::string& batch_identity);
    // The transaction was rolled back or committed.
    void forget();

  private:
    sql::Connection& connection_;
    const BatchPlan& plan_;
    bool asked_ = false;
    std::optional<RowImages> images_;  // when it is on
    base::RowSum change_;
    std::int64_t rows_ = 0;
    bool changed_ = false;
};

}  // namespace hrbridge::store
