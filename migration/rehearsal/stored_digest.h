#pragma once

#include <string>
#include <vector>

#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"
#include "migration/ledger/digest.h"
#include "migration/project/project.h"

// What a rehearsal's store holds of a module, as it is stored. The content root rests on the row
// hashes that the load has noted beside the rows, and is the same whatever ids they have; these
// digests hold the values themselves, until they are promoted (ARCHITECTURE.md, "Content root").
namespace hrbridge::rehearsal {

struct StoredPart {
    std::vector<std::string> entities;
    std::vector<std::string> mappings;
};
StoredPart stored_part(const project::Module& module, const std::vector<engine::Mapping>& mappings);

// SHA-256 over Text "hrbridge stored 1" and the rows of the entities, their superseded versions,
// and what the mappings' readings have left: checkpoint, run and batch. Of each table: Text name,
// Text columns joined by commas, and of each row in the order of its id: its cells, as they are
// stored. `prefix` is that of an attached store, with its dot. Reads every row; the caller's
// transaction makes it one moment.
ledger::Digest stored_digest(store::sql::Connection& connection,
                             const std::string& prefix,
                             const StoredPart& part);

// The same over Text "hrbridge refused 1" and the mappings' rejects. Until the freeze a person may
// decide on them.
ledger::Digest refused_digest(store::sql::Connection& connection,
                              const std::string& prefix,
                              const StoredPart& part);

// The tables that the digests read.
std::vector<std::string> stored_tables(store::sql::Connection& connection, const StoredPart& part);

// SHA-256 over Text "hrbridge promoted 1" and both digests: what is frozen, signed and promoted.
ledger::Digest promoted_digest(const ledger::Digest& stored, const ledger::Digest& refused);
ledger::Digest promoted_digest(store::sql::Connection& connection,
                               const std::string& prefix,
                               const StoredPart& part);

}  // namespace hrbridge::rehearsal
