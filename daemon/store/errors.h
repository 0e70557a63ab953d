#pragma once

#include "daemon/base/error.h"

namespace hrbridge::store {

// Whether the store refused a row because its key is already there (SQLSTATE 23505,
// SQLITE_CONSTRAINT_UNIQUE).
bool is_unique_violation(const base::StoreError& error);
// Whether a transaction has to be run again from its start, since another changed what it read or
// waits for it (SQLSTATE 40001, 40P01).
bool is_write_conflict(const base::StoreError& error);

}  // namespace hrbridge::store
