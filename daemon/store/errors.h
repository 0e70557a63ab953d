#pragma once

#include "daemon/base/error.h"

namespace hrbridge::store {

// Whether the store refused a row because its key is already there (SQLSTATE 23505,
// SQLITE_CONSTRAINT_UNIQUE).
bool is_unique_violation(const base::StoreError& error);

}  // namespace hrbridge::store
