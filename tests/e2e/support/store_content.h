#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::e2e {

// A row of the store as it is the same in every store: surrogate ids are replaced by the natural
// keys they stand for, sealed fields are opened, times at which the store learned things are left
// out.
struct StoredRow {
    std::string key;
    std::string cells;          // "name=张三 gender=male …"
    std::string stored_hash;    // row_hash; empty: the table has none
    std::string computed_hash;  // of the cells, by the mapping's fields
    std::string place;          // what only this store knows: id, batch, time
};

// Rows by table, sorted by key and cells.
using StoreContent = std::map<std::string, std::vector<StoredRow>>;

// All entities with their histories, refused and waiting rows, checkpoints, facts, findings and
// the sums of the batches by mapping; or only the table `only`. Reads on the given connection, so
// also what its open transaction changed.
StoreContent read_content(store::sql::Connection& connection,
                          const base::SealKeys& keys,
                          const std::vector<engine::Mapping>& mappings,
                          const std::string& only = {});

// What one content has and the other has not, as multisets of rows by stored hash, computed hash
// and cells: one line a table and kind, naming the first keys. Empty when they are equal.
std::vector<std::string> differences(const StoreContent& left, const StoreContent& right);

// Rows whose stored hash is not that of their cells: "person E000001".
std::vector<std::string> wrong_hashes(const StoreContent& content);

// Entity rows of `after` that `before` does not have at the same place: written in between.
std::vector<std::string> rewritten(const StoreContent& before, const StoreContent& after);

}  // namespace hrbridge::e2e
