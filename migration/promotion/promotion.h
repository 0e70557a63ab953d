#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"
#include "migration/ledger/digest.h"
#include "migration/ledger/head.h"
#include "migration/ledger/key_ring.h"
#include "migration/ledger/note.h"
#include "migration/project/project.h"
#include "migration/rehearsal/rehearser.h"

// A rehearsed and signed module goes into the live store, whole or not at all.
namespace hrbridge::promotion {

// What the signatures say of the rehearsal as it is now.
struct Gate {
    bool stands = false;
    ledger::Digest content;              // that was signed
    std::vector<std::string> obstacles;  // for people, in their language
    // The ledger's end by which this was said, and whose acts it rests on: what comes behind it
    // about the module or about a key of these makes the promotion refuse.
    std::optional<ledger::Head> head = {};
    std::set<std::string> accounts = {};
};

struct Parts {
    const store::StoreOptions& live;
    const ledger::KeyRing* ledger_keys;  // nullptr: the ledger is not sealed
    base::Clock& clock;
    // Held by the caller: rehearsal::lease_name() of the module and "sync/<mapping>" of each of its
    // mappings, so that nothing else writes its rows.
    std::vector<rehearsal::Lease> leases;
    std::string actor;
    std::function<void(const ledger::Note&)> begins = {};  // each step; may be empty
    base::Zone zone = base::Zone::utc();                   // by whose clocks times are said
    // So many rows that a source may not give again may be lost (EntityCount::newer).
    std::int64_t accept_newer = 0;
};
// The leases that Parts must hold, in the order in which they are taken.
std::vector<std::string> lease_names(const project::Module& module);

struct EntityCount {
    std::string entity;
    std::int64_t inserted = 0;
    std::int64_t updated = 0;
    std::int64_t confirmed = 0;  // the same values, now of another source row: sync goes on from it
    std::int64_t gone = 0;       // live before, and not in the rehearsal
    std::int64_t unchanged = 0;
    // Of those changed or gone: written after the rehearsal began to read their source.
    std::int64_t newer = 0;

    std::int64_t live() const { return inserted + updated + confirmed + unchanged; }
    std::int64_t live_before() const;
};

// One line of the go/no-go list that is measured. People's own items come with the signatures.
struct GoItem {
    bool go = false;
    ledger::Note note;
};

struct Result {
    std::vector<ledger::Note> refused;  // why nothing was written; empty: it was done, or would be
    std::vector<GoItem> go;             // in the order in which they are looked at
    std::vector<EntityCount> entities;  // parents first
    std::int64_t rejects = 0;           // open ones and holds that come along
    // Of what was promoted; not of a dry run.
    std::int64_t promotion = 0;
    std::int64_t entry = 0;
    ledger::Digest content_root;
    base::Timestamp rollback_until;
};

// What promote() would do, and what stands in its way. Writes nothing; needs no lease, and what
// changes meanwhile is not seen.
Result preview(const Parts& parts,
               const project::Module& module,
               const std::vector<engine::Mapping>& mappings,
               const rehearsal::Rehearsal& rehearsal,
               const Gate& gate);

// One transaction of the live store. Rows that both have keep their ids, new rows get new ones, and
// references follow. A live row that the rehearsal does not have is gone from then on: the
// signatures are about the module's whole content, and a row left over would stand among it though
// nobody checked it. It keeps its values, and comes back as soon as a sync takes it. Checkpoints,
// open rejects and holds come along, so that sync goes on behind what the rehearsal read. What
// undoes it is kept. At its end, with the ledger locked, it holds the gate against what the ledger
// says by then, and the live content against the root that was frozen. Throws base::StoreError and
// base::LeaseHeld, having written nothing.
Result promote(const Parts& parts,
               const project::Module& module,
               const std::vector<engine::Mapping>& mappings,
               const rehearsal::Rehearsal& rehearsal,
               const Gate& gate);

}  // namespace hrbridge::promotion
