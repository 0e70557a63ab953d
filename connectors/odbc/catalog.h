#pragma once

#include <string>
#include <vector>

#include "connectors/odbc/session.h"
#include "daemon/base/raw_block.h"

namespace hrbridge::odbc {

// What a source says of its tables, for writing a new mapping. Names may carry a schema
// ("hr.person"). All throw base::ConnectorError.

// Tables and views, with their schema where the source has more than one.
std::vector<std::string> list_tables(Session& session);
std::vector<base::DescribedColumn> describe_table(Session& session, const std::string& table);
// The columns of the primary key, otherwise of the unique index without NULLs that has the fewest
// columns; empty when there is neither.
std::vector<std::string> key_columns(Session& session, const std::string& table);
// The first rows in the source's order.
base::RawBlock sample_table(Session& session, const std::string& table, std::size_t rows);

}  // namespace hrbridge::odbc
