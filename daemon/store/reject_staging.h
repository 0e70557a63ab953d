#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/store/batch_writer.h"

namespace hrbridge::store {

// A refused row as it is to be stored.
struct KnownReject {
    const Reject& reject;
    const std::string& digest;
    const base::Value& part;  // as reject.part
    bool is_new = false;      // no other has this digest, in the store or among those added
};

// Writes refused rows into the store, by the bulk path where there are many: new ones straight into
// their table, others by way of a temporary one. In the batch's transaction; rows of one digest
// take each other's place in the order of add().
class RejectStaging {
  public:
    // All outlive the object, which gets so many rows that are not new.
    RejectStaging(sql::Connection& connection,
                  const BatchPlan& plan,
                  base::Timestamp now,
                  std::size_t not_new);

    // `packed` as it is to be stored.
    void add(const KnownReject& row, std::string packed);
    void finish();

  private:
    // Rows for the bulk path.
    struct Rows {
        const char* table;
        std::vector<base::Column> columns;
        std::size_t bytes = 0;
    };

    void add_new(const KnownReject& row, const std::string& packed);
    void add_again(const KnownReject& row, const std::string& packed);
    void write_one(const KnownReject& row, std::string packed);
    void write_values(const KnownReject& row, std::string packed);
    void write_long(const std::string& digest, std::string_view packed);
    void send(Rows& rows);
    void merge();

    sql::Connection& connection_;
    const BatchPlan& plan_;
    base::Timestamp now_;
    bool many_;
    Rows new_;                                 // not yet sent
    Rows again_;                               // likewise
    std::unordered_set<std::string> digests_;  // not yet merged
};

// Whether the store refused a new reject because there is one of the same row: a writer that did
// not hold this one's lease has stored it meanwhile.
bool is_known_reject(const base::StoreError& error);

}  // namespace hrbridge::store
