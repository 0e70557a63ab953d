#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "migration/promotion/plan.h"
#include "migration/promotion/promotion.h"

namespace hrbridge::promotion {

// A row that the promotion wrote and that was written again since.
struct Conflict {
    std::string entity;
    std::int64_t row = 0;  // its id
    std::string key;       // for people, parents by their own keys
    Act act = Act::Updated;
    bool beside = false;  // not by a sync: somebody changed it in the database
};

// So many are named at a time: each is held with its key.
inline constexpr std::size_t kConflictsNamed = 10'000;

// What becomes of a row that was written since: it stays as it is now, or goes back to what it was
// before the promotion.
enum class Decision { Keep, Restore };
using Decisions = std::map<std::pair<std::string, std::int64_t>, Decision>;

// Lines "entity id keep|restore", # begins a comment: the form in which conflicts are printed.
struct DecisionsRead {
    Decisions decisions;
    std::vector<ledger::Note> faults;  // each with its line
};
DecisionsRead read_decisions(std::string_view text);

struct RolledBack {
    std::string entity;
    std::int64_t restored = 0;  // rows that are again as they were, byte by byte
    std::int64_t deleted = 0;   // rows that were new
    std::int64_t stays = 0;     // new ones that a row refers to which stays
    // New ones that only gone rows, superseded versions, facts or findings refer to.
    std::int64_t gone = 0;
    std::int64_t kept = 0;                    // written since and left as they are
    std::vector<std::string> kept_keys = {};  // the first of those
};

struct RollbackResult {
    std::vector<ledger::Note> refused;  // why nothing was written; empty: it was done, or would be
    std::vector<Conflict> conflicts;    // that are not decided; the first kConflictsNamed
    std::int64_t conflicting = 0;       // how many there are
    std::vector<RolledBack> entities;   // parents first
    std::int64_t decided = 0;           // conflicts that were
    std::int64_t rehearsal = 0;         // number
    std::int64_t promotion = 0;
    base::Timestamp promoted_at;
    base::Timestamp until;
    std::int64_t entry = 0;  // of the ledger; 0: nothing was written
    ledger::Digest content_root;
};

// The leases that roll_back() must hold: those of the module and of the mappings that were promoted
// last, though they may no longer be configured.
std::vector<std::string> rollback_leases(store::sql::Connection& live, const std::string& module);

// Undoes the module's last promotion within its term, in one transaction of the live store. Rows
// that it changed go back to what they were, rows that it brought go, checkpoints and rejects are
// those of before, so that sync reads again what came since. What was written since stays: a row
// that the promotion did not touch as it is, one that it did as `decisions` say, and without a
// decision nothing is done. What `dry` says would be done, and writes nothing. Throws
// base::StoreError and base::LeaseHeld.
RollbackResult roll_back(const Parts& parts,
                         const std::string& module,
                         const Decisions& decisions,
                         bool dry);

}  // namespace hrbridge::promotion
