#pragma once

#include <optional>
#include <string>

#include "connectors/odbc/query.h"
#include "connectors/odbc/session.h"

namespace hrbridge::odbc {

// How a source says that it would read one table of a query.
struct PlannedAccess {
    std::string index;   // "" by none
    bool sorts = false;  // rows of the query, whichever table's, before the first one comes
};

// Of the table that the query knows as `table`; nullopt where the dialect knows no way to ask, two
// tables bear that name, or the source does not answer: nothing depends on it but speed.
std::optional<PlannedAccess> planned_access(Session& session,
                                            const Sql& query,
                                            const std::string& table);

}  // namespace hrbridge::odbc
