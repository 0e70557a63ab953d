#pragma once

#include <string>
#include <vector>

#include "daemon/store/store.h"
#include "migration/ledger/digest.h"

// What a store holds, as digests that anybody can compute again. Cells are those of the row hash
// (ARCHITECTURE.md, "Content root").
namespace hrbridge::rehearsal {

// SHA-256 over Text "hrbridge content 1 entity", Text name, and for each live row in the order of
// its key: the key's cells, a reference by its parent's key, and Bytes row hash. The same rows have
// the same root in both kinds of store, whatever ids they have. `entities` are all of the store.
ledger::Digest entity_root(store::sql::Connection& connection,
                           const std::vector<store::EntityTable>& entities,
                           const std::string& entity);

// SHA-256 over Text "hrbridge content 1 module" and, for each entity in the order of its name's
// bytes: Text name, Bytes root.
ledger::Digest module_root(store::sql::Connection& connection,
                           const std::vector<store::EntityTable>& entities,
                           std::vector<std::string> of);

}  // namespace hrbridge::rehearsal
