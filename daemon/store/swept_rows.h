#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/base/seal.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/reference_index.h"

namespace hrbridge::store {

// Tells rows apart as a sweep does: by a hash of the key that they have, or would have, in the
// store, and by the row hash that the store would keep. One thread.
class RowTeller {
  public:
    RowTeller(sql::Connection& connection, const BatchPlan& plan, const base::SealKeys* keys);

    // Replaces `out` by the hash of each row's key. A key whose parent is not known is one that no
    // row of the store has. The batch has the columns of the key.
    void keys_of(const base::Batch& batch, std::vector<base::RowHash>& out);
    // Replaces `out` by the row hashes. The batch has all columns.
    void hashes_of(const base::Batch& batch, std::vector<base::RowHash>& out);

  private:
    using References = std::vector<std::pair<const ReferenceField*, ReferenceIndex>>;

    static void look_up(const base::Column& natural,
                        ReferenceIndex& index,
                        std::vector<std::int64_t>& ids);
    ReferenceIndex* parents_of_key(const std::string& column);

    const BatchPlan& plan_;
    References in_key_;    // gone parents too: they keep their rows' keys
    References optional_;  // NULL where there is no parent
    base::RowHasher hasher_;
    std::optional<base::KeyedDigest> seal_;
};

// A row of an entity as far as a sweep looks at it.
struct StoredKey {
    base::RowHash key;
    base::RowHash hash;
    std::int64_t id = 0;
    std::int64_t batch = 0;
    bool gone = false;
};
// All rows by the bulk path, but those about people who were erased: no source is asked for these.
void scan_keys(sql::Connection& connection,
               const EntityTable& table,
               const std::function<void(const StoredKey&)>& row);

// Not less than the rows of the entity.
std::int64_t most_rows(sql::Connection& connection, const EntityTable& table);

}  // namespace hrbridge::store
