#pragma once

#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/store/batch_writer.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::jobs {

// What does not fit between a mapping and the store's entities: unknown entities and columns (with
// the nearest name), types and lengths, keys, references, rules. Faults carry the mapping's file
// and line.
base::Faults check_against_store(const engine::Mapping& mapping,
                                 const std::vector<store::EntityTable>& entities,
                                 store::sql::Dialect dialect);

// The batch plan of a mapping that check_against_store() found no fault in. Run, lease and source
// columns are for the caller to fill in.
store::BatchPlan make_plan(const engine::Mapping& mapping,
                           const std::vector<store::EntityTable>& entities,
                           store::sql::Dialect dialect);

}  // namespace hrbridge::jobs
