#pragma once

#include <optional>
#include <vector>

#include "migration/spot_check/draw.h"

// Whether there may be another draw. One content fails once: a row that was found wrong stays wrong
// until other content is frozen, and no other sample of the same rows takes that back.
namespace hrbridge::spot_check {

struct Permit {
    // The draw to go on with: its rows are fixed, its sheet is still to be made.
    std::optional<DrawRecord> resumed;
    // An open draw that is to be concluded as it stands before there is another; ask again then.
    std::optional<DrawRecord> given_up;
    std::vector<ledger::Note> refused;
};

// By the list of draws, and by the ledger for what must not be forgotten: that a draw of this
// content failed. `root` is the frozen one of the subject.
Permit permit_draw(store::sql::Connection& live,
                   const Subject& subject,
                   const ledger::Digest& root,
                   const DrawAsked& asked);

// Concludes an open draw as it stands: failed where any row was judged wrong, not checked where
// rows have no verdict or the sample did not grow as it should have. Throws as draw().
void give_up(const Parts& parts, const DrawRecord& draw);

}  // namespace hrbridge::spot_check
