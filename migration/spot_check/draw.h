#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/store/store.h"
#include "migration/ledger/key_ring.h"
#include "migration/ledger/note.h"
#include "migration/project/project.h"
#include "migration/rehearsal/rehearser.h"
#include "migration/spot_check/draws.h"
#include "migration/spot_check/source_reader.h"

// From a frozen rehearsal to the sheet.
namespace hrbridge::spot_check {

struct Parts {
    const store::StoreOptions& live;
    const base::SealKeys* keys;          // of the personal data; nullptr: there is no spot check
    const ledger::KeyRing* ledger_keys;  // nullptr: the ledger is not sealed
    base::Clock& clock;
    rehearsal::Lease lease;  // rehearsal::lease_name() of the module
    std::string actor;
    SourceReader& sources;
    base::Zone zone;  // in which people read times
};

// The module as it was frozen.
struct Subject {
    const project::Project& project;
    const project::Module& module;
    const std::vector<engine::Mapping>& mappings;
    std::int64_t rehearsal = 0;
};

struct DrawAsked {
    std::string nonce;   // of the checker, 1 to 200 bytes; empty: the one that the content has
    std::string cause;   // why the draw before came to nothing, and what was done;
    std::string remedy;  // both empty: nobody says
};

struct Preview {
    std::optional<Plan> plan;
    std::int64_t must_check = 0;      // rows that a condition of the project file names
    std::vector<ledger::Note> notes;  // why there is none
};
// What a draw of the rehearsal would be. Draws nothing and writes nothing.
Preview preview_draw(const Parts& parts, const Subject& subject);

struct DrawOutcome {
    std::optional<DrawRecord> draw;
    std::int64_t rows = 0;              // on its sheet
    bool kept_nonce = false;            // the content had one already, which counts
    std::vector<ledger::Note> refused;  // why there is no draw or no sheet, with what to do
};

// Writes nonce, content root and plan into the ledger, draws by the seed that this entry makes,
// records the draw and then makes the sheet. What was cut off is gone on with, by the nonce that
// the content has: a draw of equal content has the same sample, with other decoys. Refused where
// the rehearsal is not frozen or no longer what was frozen, where the project file is another one
// than at the freeze, once a draw of equal content has failed, where the rehearsal has passed, and,
// until cause and remedy are given, while a draw is open (which is then concluded as it stands) or
// after one that did not pass. Throws base::StoreError, base::Stopped and base::LeaseHeld.
DrawOutcome draw(const Parts& parts,
                 const Subject& subject,
                 const DrawAsked& asked,
                 const std::stop_token& stop);

// Adds rows of the reserve to an open sheet, in the order of the draw, until each stratum has so
// many of the sample. A note where they cannot be added.
std::vector<ledger::Note> grow(const Parts& parts,
                               const Subject& subject,
                               const DrawRecord& draw,
                               const std::vector<std::int64_t>& wanted,
                               const std::stop_token& stop);

}  // namespace hrbridge::spot_check
