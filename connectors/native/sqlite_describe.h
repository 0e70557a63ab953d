#pragma once

#include <string>

#include "connectors/odbc/cursor.h"

namespace hrbridge::native {

// A result column as SQLite's ODBC driver describes it, so that mappings and positions hold for
// both ways. `declared` is empty for an expression.
odbc::ResultColumn describe_declared(std::string name, const std::string& declared);

}  // namespace hrbridge::native
