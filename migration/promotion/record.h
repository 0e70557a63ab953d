#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/row_hash.h"
#include "daemon/store/content_sum.h"
#include "daemon/store/store.h"
#include "migration/ledger/digest.h"
#include "migration/promotion/plan.h"

namespace hrbridge::promotion {

// Keeps what undoes a promotion: rows as they were, sealed bytes and all, and which rows it touched
// with the digest of each as it left it. In the caller's transaction.
class Record {
  public:
    Record(store::sql::Connection& live, const ModulePlan& plan, std::int64_t promotion)
        : live_(live), plan_(plan), promotion_(promotion) {}

    // Before anything is written.
    void keep_rows(const EntityPlan& entity);
    void keep_state();
    // What the entity holds now, its sum moved on from `sum`, which has the images of keep_rows()'s
    // rows taken out already; with the XOR of the written rows' hashes for each batch.
    void note_rows(const EntityPlan& entity,
                   store::ContentSum& sum,
                   std::map<std::int64_t, base::RowHash>& hashes);
    // The tables and columns that the digest goes over; the last of it.
    void note_parts();

  private:
    void copy(const std::string& table,
              const std::string& into,
              const std::string& where,
              std::optional<std::string> mapping);  // $2 of `where`

    store::sql::Connection& live_;
    const ModulePlan& plan_;
    std::int64_t promotion_;
};

// Columns of `into` beside `leave_out`, each of which `table` must have too, and the other way
// round: a row is kept whole or not at all. Throws std::logic_error.
std::vector<std::string> shared_columns(store::sql::Connection& live,
                                        const std::string& table,
                                        const std::string& into,
                                        const std::vector<std::string>& leave_out);

// SHA-256 over Text "hrbridge promotion 1", then for each part in its order Text table, Text
// columns and its rows in the order of their keys. Throws StoreError(Stop) when a part is gone.
ledger::Digest record_digest(store::sql::Connection& live, std::int64_t promotion);

// SHA-256 over Text "hrbridge promotion list 1" and what the list says of the promotion, in the
// form of record_digest()'s parts: what never changes of `promotion`, and all of its entities and
// mappings. It outlives what undoes the promotion.
ledger::Digest list_digest(store::sql::Connection& live, std::int64_t promotion);

// SHA-256 over Text "hrbridge checkpoints 1" and the promoted checkpoints by mapping.
ledger::Digest checkpoints_digest(store::sql::Connection& live, std::int64_t promotion);

// Removes what undoes promotions of the module whose term is over; their list stays.
void forget_old(store::sql::Connection& live, const std::string& module, base::Timestamp now);

}  // namespace hrbridge::promotion
