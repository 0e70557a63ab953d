#pragma once

#include <cstdint>
#include <stop_token>

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
    std::int64_t promotions = 0;  // whose term is over: what would undo them
    std::int64_t people = 0;      // erased, not rows
    std::int64_t facts = 0;       // past retention.facts_months
};

// Deletes what `retention:` no longer keeps; what is still open or waits is never deleted.
RetentionReport delete_old_rows(Services& services, const std::stop_token& stop);

}  // namespace hrbridge::app
