#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/pip/fact_table.h"
#include "daemon/store/sql.h"

namespace hrbridge::pip {

// What one cause adds to a person's excess over his peers.
struct CauseShare {
    std::string code;
    std::string name;
    std::string controllable;  // by the worker: yes, no, partly
    std::int64_t bad = 0;
    std::int64_t peer_bad = 0;
    double expected = 0;  // at the peers' rate of each month and operation for this cause
    double excess = 0;    // bad - expected
};

// The defects behind `months` by cause, largest excess first: those of the same people, months and
// operations as the facts, so that bad, peer_bad and expected add up to the months' own figures.
// `comparable` as for the months' table. Defects without a cause are under the code "".
std::vector<CauseShare> drill_down(store::sql::Connection& connection,
                                   const base::Zone& zone,
                                   std::int64_t spell_id,
                                   const std::vector<SubjectMonth>& months,
                                   const Comparable& comparable);

}  // namespace hrbridge::pip
