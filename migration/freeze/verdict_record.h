#pragma once

#include <string>
#include <vector>

#include "migration/freeze/freeze.h"
#include "migration/ledger/bodies.h"

namespace hrbridge::freeze {

// What one check found of a rehearsal.
struct Judged {
    std::string check;  // format, logic, reconciliation …
    std::vector<check::Verdict> verdicts;
    std::vector<ledger::Reconciliation> reconciliations = {};  // roots, of reconciliation alone
    bool quick = false;
};

// Keeps the verdicts in the rehearsal's store in place of the check's last ones, and tells the
// ledger of each. Two stores take part: a check that was cut off in between counts as not made, and
// the freeze says so. Throws base::LeaseHeld when the lease is lost, base::StoreError (Stop) when
// the rehearsal is not to be checked any more: only what comes behind the freeze (another check
// than the three) may be recorded then.
void record(const Parts& parts,
            const project::Project& project,
            const rehearsal::Rehearsal& rehearsal,
            const Judged& judged);

}  // namespace hrbridge::freeze
