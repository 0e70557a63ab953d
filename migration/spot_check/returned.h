#pragma once

#include <string>
#include <vector>

#include "migration/spot_check/fixed.h"
#include "migration/spot_check/workbook.h"

namespace hrbridge::spot_check {

struct BroughtBack {
    std::vector<Returned::Entry> entries;
    std::string account;   // who judged
    std::string given_by;  // who brought it in
    base::Timestamp at;
};

// Keeps the verdicts of a workbook in the caller's transaction; what is kept already is passed
// over. Faults, and nothing kept, where a row's verdict is fixed or is another person's to take
// back, or where the draw is not open.
base::Faults keep_returned(store::sql::Connection& live,
                           const base::SealKeys& keys,
                           const ledger::KeyRing* ledger_keys,
                           const DrawRecord& draw,
                           const BroughtBack& brought);

// Who brought verdicts of the draw in by a workbook, by the audit.
std::vector<std::string> brought_by(store::sql::Connection& live, std::int64_t draw);

}  // namespace hrbridge::spot_check
