#pragma once

#include <string>
#include <vector>

#include "daemon/store/sql.h"
#include "migration/promotion/plan.h"
#include "migration/promotion/promotion.h"

namespace hrbridge::promotion {

// Sets EntityCount::newer: live rows that the promotion would change or make gone though what wrote
// them came after the rehearsal began to read their source. Behind Merge::compare(); `side` is the
// prefix of the rehearsal's tables. A row is put to its batch's commit, and that of a promotion to
// the beginning of its rehearsal's reading; what a rollback wrote is no source's.
void count_newer(store::sql::Connection& live,
                 const std::string& side,
                 const ModulePlan& plan,
                 std::vector<EntityCount>& counts);

// Whether the next syncs surely read those rows again: a database is asked for its rows anew, from
// the rehearsal's reading on. Files may have been taken away by now, an interface may give only its
// latest days, and what a terminal pushed is kept for a time.
bool reads_again(const ModulePlan& plan, const std::string& entity);

}  // namespace hrbridge::promotion
