#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/store/store.h"
#include "migration/ledger/digest.h"

// What a store holds, as digests that anybody can compute again. Cells are those of the row hash
// (ARCHITECTURE.md, "Content root").
namespace hrbridge::rehearsal {

// The live rows of an entity that a source can have: not what is kept of erased people, nor rows of
// days before the entity's term, which people on hold have. A rehearsal's store has neither.
struct EntityContent {
    std::string entity;
    std::int64_t rows = 0;
    ledger::Digest root;

    friend bool operator==(const EntityContent&, const EntityContent&) = default;
};

// How an entity's rows lie, of which the root knows nothing: a load from a source that is read by
// key leaves them by key, so that of a rehearsal's store they are tried as they lie. Where they do
// not, they were read in vain.
enum class RowsLie { Anyhow, ByKeyAsARule };

// The root is SHA-256 over Text "hrbridge content 1 entity", Text name, and for each such row in
// the order of its key: the key's cells, a reference by its parent's key, and Bytes row hash. The
// same rows have the same root in both kinds of store, whatever ids they have. `entities` are all
// of the store.
EntityContent entity_content(store::sql::Connection& connection,
                             const std::vector<store::EntityTable>& entities,
                             const std::string& entity,
                             RowsLie lie = RowsLie::Anyhow);

// Of each, in the order of the names' bytes.
std::vector<EntityContent> module_content(store::sql::Connection& connection,
                                          const std::vector<store::EntityTable>& entities,
                                          std::vector<std::string> of,
                                          RowsLie lie = RowsLie::Anyhow);

// SHA-256 over Text "hrbridge content 1 module" and, for each entity in the order of its name's
// bytes: Text name, Bytes root.
ledger::Digest module_root(const std::vector<EntityContent>& content);
ledger::Digest module_root(store::sql::Connection& connection,
                           const std::vector<store::EntityTable>& entities,
                           std::vector<std::string> of,
                           RowsLie lie = RowsLie::Anyhow);

}  // namespace hrbridge::rehearsal
