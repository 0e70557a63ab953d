#pragma once

#include <cstdint>
#include <string>

#include "daemon/base/result.h"

namespace hrbridge::native {

// One SQLite file as configured. It is never written and never made.
struct SqliteOptions {
    std::string name;  // the source's name in the configuration, for errors and logs
    std::string path;
    std::int64_t busy_timeout_s = 10;  // to wait for who writes it
};

// Faults of the settings, all of them. No text holds a value.
base::Faults check_options(const SqliteOptions& options);

}  // namespace hrbridge::native
