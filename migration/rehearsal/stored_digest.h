#pragma once

#include <map>
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

// A table as the digests read it. A column that a migration adds would change what was frozen.
struct StoredTable {
    std::string name;
    std::string rest;                    // WHERE and ORDER BY
    std::vector<std::string> only = {};  // columns; empty: all
    // SQL of columns that are read otherwise than by their name.
    std::map<std::string, std::string> read_as = {};
};

// The entities with their superseded versions, and what the mappings' readings have left:
// checkpoint, run and batch. `prefix`, here and below, is that of an attached store, with its dot.
std::vector<StoredTable> stored_content(store::sql::Connection& connection,
                                        const std::string& prefix,
                                        const StoredPart& part);

// SHA-256 over Text name, Text columns joined by commas, and of each row in the order of its id:
// its cells, as they are stored. Reads every row; the caller's transaction makes it one moment.
ledger::Digest table_digest(store::sql::Connection& connection,
                            const std::string& prefix,
                            const StoredTable& table);

// SHA-256 over Text "hrbridge stored 2" and for each table of stored_content(), in its order: Text
// name, Bytes table digest.
ledger::Digest stored_digest(const std::vector<StoredTable>& tables,
                             const std::vector<ledger::Digest>& digests);
ledger::Digest stored_digest(store::sql::Connection& connection,
                             const std::string& prefix,
                             const StoredPart& part);

// The same over Text "hrbridge refused 2" and the mappings' rejects, with the columns of schema 28:
// what was frozen and signed before an upgrade is the same behind it. Until the freeze a person may
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
