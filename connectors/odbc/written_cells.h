#pragma once

#include <string>

#include "connectors/odbc/dialect.h"
#include "connectors/odbc/layout.h"

namespace hrbridge::odbc {

// The select list around a query of these columns that has the database write as text what
// `dialect` says; empty when it has nothing to write, or when columns share a name.
std::string select_written(const Dialect& dialect, const Layout& layout);

}  // namespace hrbridge::odbc
