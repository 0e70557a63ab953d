#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/store/store.h"
#include "migration/check/verdict_store.h"
#include "migration/ledger/key_ring.h"
#include "migration/ledger/note.h"
#include "migration/project/project.h"
#include "migration/rehearsal/content_root.h"
#include "migration/rehearsal/rehearser.h"
#include "migration/rehearsal/stored_digest.h"

// The end of a rehearsal's checks: what was loaded and what was found of it is fixed in the ledger,
// and what follows (draw, spot check, signatures, promotion) rests on that entry.
namespace hrbridge::freeze {

struct Frozen {
    std::string module;
    std::int64_t rehearsal = 0;
    ledger::Digest plan;          // of the project's file by which the checks were made
    ledger::Digest mappings;      // rehearsal::mapping_set()
    ledger::Digest content_root;  // rehearsal::module_root() of `entities`
    ledger::Digest verdicts;      // verdicts_digest()
    std::vector<rehearsal::EntityContent> entities;  // by name
    std::int64_t sequence = 0;                       // of the ledger's entry
    ledger::Digest hash;                             // its hash: the ledger's head at the freeze
    base::Timestamp at;
    std::optional<ledger::Digest> stored;  // rehearsal::promoted_digest()

    std::int64_t rows() const;  // live rows of all entities
};

// What the ledger says of this rehearsal's freeze; nullopt: it was never frozen. Throws StoreError
// (Stop) when the entry was changed. Whether the side store still holds that content is
// matches_frozen()'s.
std::optional<Frozen> frozen(store::sql::Connection& live,
                             const std::string& module,
                             std::int64_t rehearsal);

// Computes roots and digests again. No note: the rehearsal's store holds what was frozen; else what
// differs ("content_changed", "values_changed", "verdict_changed"). Reads all rows.
std::vector<ledger::Note> matches_frozen(store::sql::Connection& side,
                                         const std::vector<store::EntityTable>& entities,
                                         const rehearsal::StoredPart& part,
                                         const Frozen& frozen);

// SHA-256 over the kept verdicts of format, logic and reconciliation (ARCHITECTURE.md, "Freeze"),
// computed from their details; others, such as the spot check's, have no part in it.
ledger::Digest verdicts_digest(const std::vector<check::KeptVerdict>& verdicts);
// The same over the verdicts of one check: what the ledger is told when it was made.
ledger::Digest check_digest(const std::string& check,
                            const std::vector<check::KeptVerdict>& verdicts);

struct Parts {
    const store::StoreOptions& live;
    const ledger::KeyRing* ledger_keys;  // nullptr: the ledger is not sealed
    base::Clock& clock;
    rehearsal::Lease lease;  // rehearsal::lease_name() of the module
    std::string actor;
};

struct Outcome {
    std::optional<Frozen> frozen;
    std::vector<ledger::Note> refused;  // why it was not frozen, all reasons; nothing was written
    std::int64_t failed = 0;            // verdicts that are fail or not_checked, in what was frozen
};

// Freezes a rehearsal whose checks are done. A failed verdict does not hinder it: whether it is
// accepted as loss is for those who sign. One that is frozen already gives what was frozen. Throws
// base::StoreError, and base::LeaseHeld when the lease is lost.
Outcome freeze(const Parts& parts,
               const project::Project& project,
               const project::Module& module,
               const std::vector<engine::Mapping>& mappings,
               std::int64_t rehearsal);

}  // namespace hrbridge::freeze
