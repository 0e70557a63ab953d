#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "connectors/odbc/layout.h"
#include "connectors/odbc/query.h"
#include "connectors/odbc/session.h"

namespace hrbridge::odbc {

// The column's expression, otherwise its name, as it may stand in WHERE and ORDER BY.
std::string column_sql(const Dataset& dataset, const Dialect& dialect, const std::string& column);

// What the source itself says of the type, in lower case, of the table's column that the result's
// `column` (from 0) is; "" when it is none, as of a subselect. Only where the dialect knows how to
// ask. Throws base::ConnectorError.
std::string asked_type(Session& session, Statement& statement, std::size_t column);

// Asks the source for the types of `key` columns (indexes of `layout`'s) that its driver does not
// tell, and gives those that sort otherwise than they compare a type and an SQL of their own. True
// when `key_sql` changed. Throws base::ConnectorError.
bool settle_key(Session& session,
                Statement& statement,
                const std::vector<std::size_t>& key,
                Layout& layout,
                std::vector<std::string>& key_sql);

}  // namespace hrbridge::odbc
