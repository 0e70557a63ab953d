#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "daemon/store/batch_writer.h"
#include "daemon/store/content_sum.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// Moves the sum of an entity that was promoted on by rows that are changed or deleted in place,
// beside the batches. Does nothing for an entity without a sum. Of one transaction.
class ContentMove {
  public:
    enum class Of { Entity, Versions };

    // Locks the sum until the transaction ends, as a batch does.
    ContentMove(sql::Connection& connection, const EntityTable& table, Of of);

    // `where` is a condition on the rows as t: as they are before, and as they are afterwards,
    // which are none of the deleted ones.
    void before(const std::string& where);
    void after(const std::string& where);
    // Writes the sum and has the ledger told, as by this mapping and step. Throws StoreError(Stop)
    // where nobody can tell it.
    void tell(const std::function<void(sql::Connection&, const SealedContent&)>& seal_content,
              const std::string& mapping,
              const std::string& step);

  private:
    void scan(const std::string& where, const std::function<void(const base::RowImage&)>& work);

    sql::Connection& connection_;
    std::string name_;  // of the table
    bool versions_;
    std::optional<ContentSum> sum_;
    std::optional<RowImages> images_;
};

}  // namespace hrbridge::store
