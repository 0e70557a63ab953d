#pragma once

#include <vector>

#include "daemon/base/time.h"
#include "daemon/model/findings.h"
#include "daemon/store/sql.h"

namespace hrbridge::pip {

// Measures from the store, for the months in [from, to).

// defect_rate: pieces a person made at each production operation, and the defects that the routing
// charges to him there, by the month of the report of work to which they belong (DefectPlaces,
// whose days are those of `zone`). A defect without such a report is `unplaced`, in the month in
// which it was made: the report may be missing and its pieces with it. Pieces passed at inspection
// are nobody's production, and defects without a responsible person accuse nobody. The peer group
// is the team to which he belonged for at least half of the month, with the operation; empty when
// he belonged to none: then he is compared with nobody.
std::vector<model::KpiFact> measure_defect_rate(store::sql::Connection& connection,
                                                const base::Zone& zone,
                                                base::Date from,
                                                base::Date to);

// output: pieces made against the target of the reports that have one.
std::vector<model::KpiFact> measure_output(store::sql::Connection& connection,
                                           base::Date from,
                                           base::Date to);

}  // namespace hrbridge::pip
