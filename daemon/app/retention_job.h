#pragma once

#include <cstdint>

#include "daemon/app/services.h"

namespace hrbridge::app {

// How many rows were deleted.
struct RetentionReport {
    std::int64_t rejects = 0;
    std::int64_t runs = 0;
    std::int64_t callbacks = 0;
    std::int64_t punches = 0;  // as terminals pushed them
    std::int64_t messages = 0;
    std::int64_t sessions = 0;
    std::int64_t audit = 0;
};

// Deletes what `retention:` no longer keeps; what is still open or waits is never deleted.
RetentionReport delete_old_rows(Services& services);

}  // namespace hrbridge::app
