#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/store/store.h"

namespace hrbridge::promotion {

// Keys of live rows as people know them, in the order of `ids`: parents by their own keys, personal
// parts masked. `tables` are all entities of the store.
std::vector<std::string> row_keys(store::sql::Connection& live,
                                  const std::vector<store::EntityTable>& tables,
                                  const store::EntityTable& table,
                                  const std::vector<std::int64_t>& ids);

}  // namespace hrbridge::promotion
