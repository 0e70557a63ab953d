#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/odbc/dialect.h"

namespace hrbridge::odbc {

Dialect mariadb_dialect();
Dialect postgres_dialect();
Dialect sqlite_dialect();
Dialect sqlserver_dialect();
Dialect oracle_dialect();
// Standard SQL only, nothing assumed: no pages, no snapshot, no clock.
Dialect generic_dialect();

// "?" for every type: the database converts text to the column's type.
std::string plain_parameter(std::string_view type);
// The driver and the database agree on every type.
std::optional<std::string> no_literal(const KeyValue& value);
// No statement at all.
std::vector<std::vector<std::string>> no_session(const SessionSettings& settings);

}  // namespace hrbridge::odbc
