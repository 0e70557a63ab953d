#pragma once

#include <cstdint>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::app {

// Deletes rejects that are no longer open and were last seen longer ago than their mapping keeps
// them (`rejects.keep`), or than `days` where it says nothing or is gone; gives their number.
std::int64_t purge_rejects(store::sql::Connection& connection,
                           const std::vector<engine::Mapping>& mappings,
                           std::int64_t days,
                           base::Timestamp now);

}  // namespace hrbridge::app
