#pragma once

#include "daemon/store/sql.h"

struct sqlite3;

namespace hrbridge::store::sqlite {

// sql::Connection::put_long() of this connection and its handle.
void put_long(sql::Connection& connection, sqlite3* handle, const sql::LongCell& cell);

}  // namespace hrbridge::store::sqlite
