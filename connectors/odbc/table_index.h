#pragma once

#include <string>
#include <vector>

#include "connectors/odbc/query.h"
#include "connectors/odbc/session.h"

namespace hrbridge::odbc {

// An index in the order of which a table's rows can be read, by its columns, each ascending.
struct TableIndex {
    std::string name;
    std::vector<std::string> columns;  // also those of the primary key that the database adds
};

// Those of the table that `column` is of; none where the dialect or the source does not tell.
// Throws base::ConnectorError.
std::vector<TableIndex> sorted_indexes(Session& session, const BaseColumn& column);

// By which index the source itself would read the table that the query knows as `table`; "" by
// none, or it does not say. Throws base::ConnectorError.
std::string chosen_index(Session& session, const Sql& query, const std::string& table);

// Runs what only makes the source faster: false when it refuses. Throws base::ConnectorError where
// to try again helps.
bool run_if_it_can(Session& session, const std::string& statement);

}  // namespace hrbridge::odbc
