#pragma once

#include <string>
#include <vector>

#include "daemon/store/sql.h"
#include "migration/rehearsal/rehearsal.h"

namespace hrbridge::rehearsal {

// What a rehearsal's own store says of a mapping: rows read and stored over all its runs there,
// rows refused and waiting that are open now. Only the name and the counts are set.
MappingCount count_mapping(store::sql::Connection& side, const std::string& mapping);
std::vector<RuleCount> count_rules(store::sql::Connection& side, const std::string& mapping);

}  // namespace hrbridge::rehearsal
