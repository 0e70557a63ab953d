#pragma once

#include <string>
#include <vector>

#include "daemon/store/sql.h"
#include "mappings/engine/mapping.h"
#include "migration/check/verdict_store.h"
#include "migration/ledger/digest.h"
#include "migration/ledger/ed25519.h"
#include "migration/project/project.h"
#include "migration/rehearsal/rehearsal.h"

namespace hrbridge::sign_off {

// What a signature is about, and where it stands.
struct Scope {
    store::sql::Connection& live;  // no transaction open
    store::sql::Connection& side;  // the rehearsal's own store
    const rehearsal::Rehearsal& rehearsal;
    const project::Project& project;
    const project::Module& module;
    const std::vector<engine::Mapping>& mappings;  // all, as they are now
    std::vector<ledger::PublicKey> trusted;        // the store's keys in the configuration
};

// What is signed, computed from what is there now and not from any record of it.
struct Content {
    ledger::Digest mappings;  // rehearsal::mapping_set of the module's mappings
    ledger::Digest root;      // rehearsal::module_root of the rehearsal's store
    ledger::Digest stored;    // rehearsal::promoted_digest of it
    std::vector<check::KeptVerdict> verdicts;
    ledger::Digest digest;  // over all of it (ARCHITECTURE.md, "Sign-off")
};

// Reads every row of the module in the rehearsal's store.
Content content(const Scope& scope);

}  // namespace hrbridge::sign_off
