#pragma once

#include "daemon/app/config.h"
#include "daemon/base/result.h"

namespace hrbridge::app {

// What stands now against an SQLite store's file and its folder. No fault of the configuration: a
// disk that is away or read-only may come back without anybody changing the file.
base::Faults store_place_faults(const Config& config);

}  // namespace hrbridge::app
