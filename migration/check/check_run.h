#pragma once

#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"
#include "migration/check/verdict.h"

namespace hrbridge::check {

inline constexpr const char* kReconciliation = "reconciliation";

// By what a check gave its verdicts. Verdicts given over another project file, other mappings or
// other rows say nothing of these.
struct CheckRun {
    std::string check;
    std::string plan_hash;    // of the project's file
    std::string mapping_set;  // over the mappings' hashes
    ledger::Digest content_root;
    bool quick = false;
    base::Timestamp judged_at;
};

// Replaces the check's run, once verdicts and ledger are written.
void keep_run(store::sql::Connection& connection, const CheckRun& run);
// Until then the check counts as not made.
void forget_run(store::sql::Connection& connection, const std::string& check);
// By check.
std::vector<CheckRun> kept_runs(store::sql::Connection& connection);

}  // namespace hrbridge::check
