#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/store/batch_writer.h"

namespace hrbridge::store {

// Writes refused rows into the store: by the bulk path and one statement where there are many. In
// the batch's transaction; rows of one digest take each other's place in the order of add().
class RejectStaging {
  public:
    // All outlive the object, which gets `rows` rows.
    RejectStaging(sql::Connection& connection,
                  const BatchPlan& plan,
                  base::Timestamp now,
                  std::size_t rows);

    // `packed` as it is to be stored, `part` as reject.part.
    void add(const Reject& reject,
             const std::string& digest,
             std::string packed,
             const base::Value& part);
    void finish();

  private:
    void write_one(const Reject& reject,
                   const std::string& digest,
                   std::string packed,
                   const base::Value& part);
    void send();
    void merge();

    sql::Connection& connection_;
    const BatchPlan& plan_;
    base::Timestamp now_;
    bool many_;
    std::vector<base::Column> columns_;        // not yet sent
    std::size_t bytes_ = 0;                    // in them
    std::unordered_set<std::string> digests_;  // not yet merged
};

}  // namespace hrbridge::store
