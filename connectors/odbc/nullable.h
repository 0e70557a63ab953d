#pragma once

#include "connectors/odbc/layout.h"
#include "connectors/odbc/session.h"

namespace hrbridge::odbc {

// Marks the columns of the result that their tables allow to be NULL, where the dialect has to be
// asked for that (nullable_query): one statement for each table. Whether an outer join makes a
// column NULL stays unknown.
void mark_nullable(Session& session, Statement& statement, Layout& layout);

}  // namespace hrbridge::odbc
