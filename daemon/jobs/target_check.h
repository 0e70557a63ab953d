#pragma once

#include <vector>

#include "daemon/base/result.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::jobs {

// nullptr when the store has no such entity.
const store::EntityTable* find_entity(const std::vector<store::EntityTable>& tables,
                                      const std::string& name);

// What a mapping asks of the store that the store does not have: its entity, fields, keys, types,
// parents and history. Each fault names the mapping's file and line and what to write instead.
base::Faults check_against_store(const engine::Mapping& mapping,
                                 const std::vector<store::EntityTable>& tables);

}  // namespace hrbridge::jobs
