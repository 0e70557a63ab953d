#pragma once

#include "daemon/base/error.h"

namespace hrbridge::connectors {

// Whether a database refused a statement because a column that it names does not exist, in whatever
// way its driver says so.
bool names_lost_column(const base::SystemError& error);

}  // namespace hrbridge::connectors
