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
    // change, as they are still. `kept_at`: they also go into the table of superseded rows, known
    // to this time.
    void before(std::string_view rows, std::optional<base::Timestamp> kept_at = std::nullopt);
    // The rows that were written, as they are now.
    void after(std::string_view rows);
    // Writes the sum and tells the ledger, when anything changed: the transaction's last act.
    // Throws StoreError(Stop) where nobody can tell the ledger.
    void seal(const std::string& batch_identity);
    // The transaction was rolled back or committed.
    void forget();

  private:
    void move_on(const std::string& entity,
                 const base::RowSum& change,
                 std::int64_t rows,
                 const std::string& batch_identity);

    sql::Connection& connection_;
    const BatchPlan& plan_;
    bool asked_ = false;
    std::optional<RowImages> images_;  // when it is on
    base::RowSum change_;
    std::int64_t rows_ = 0;
    bool changed_ = false;
    base::RowSum kept_;  // what came to the superseded rows
    std::int64_t kept_rows_ = 0;
};

}  // namespace hrbridge::store
