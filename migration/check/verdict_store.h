#pragma once

#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"
#include "migration/check/verdict.h"

namespace hrbridge::check {

struct KeptVerdict {
    Verdict verdict;
    ledger::Digest evidence;  // as it was when it was judged; digest(verdict) unless it was changed
    base::Timestamp judged_at;
};

// Replaces all verdicts of this check. In the caller's transaction, so that the ledger's entries
// commit with them.
void keep_verdicts(store::sql::Connection& connection,
                   const std::string& check,
                   const std::vector<Verdict>& verdicts,
                   base::Timestamp judged_at);

// By check, subject and rule. Throws base::StoreError on details that are none.
std::vector<KeptVerdict> kept_verdicts(store::sql::Connection& connection);

}  // namespace hrbridge::check
