#pragma once

#include "daemon/store/sql.h"

namespace hrbridge::store::postgres {

// sql::Connection::put_long() of this connection.
void put_long(sql::Connection& connection, const sql::LongCell& cell);

}  // namespace hrbridge::store::postgres
