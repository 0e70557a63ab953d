#pragma once

#include "daemon/store/batch_writer.h"

namespace hrbridge::store {

// Replaces the mapping's checkpoint; in the batch's transaction.
void write_checkpoint(sql::Connection& connection,
                      const Checkpoint& checkpoint,
                      base::Timestamp now);

}  // namespace hrbridge::store
