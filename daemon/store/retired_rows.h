#pragma once

#include <cstdint>

#include "daemon/store/batch_writer.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// Rows of the plan's entity that in their source came to be about somebody who was erased, or of a
// day that is kept no longer: what the store still says of them holds no longer. They get a
// gone_at, as by a sweep, unless something newer has written them; those about the erased stay, and
// those of such days, which people on hold have. Gives their number. In the caller's transaction;
// an entity that was promoted has the ledger told, as by the plan's mapping.
std::int64_t retire_rows(sql::Connection& connection,
                         const BatchPlan& plan,
                         const RetiredKeys& keys,
                         base::Timestamp now);

}  // namespace hrbridge::store
