#pragma once

#include <string_view>

#include "daemon/base/error.h"

struct pg_conn;
struct pg_result;

namespace hrbridge::store::postgres {

// What an SQLSTATE means to the caller (PostgreSQL manual, appendix A).
base::Remedy remedy_of(std::string_view sqlstate);

// From a failed result. The text is the server's primary message and the names of the table,
// column or constraint, never a value; `doing` says what was tried. `result` may be nullptr when
// the connection was lost.
base::StoreError make_error(pg_conn* connection, const pg_result* result, std::string_view doing);

// From a connection that could not be made. libpq gives no SQLSTATE here, so the server's text
// decides whether a person must act.
base::StoreError make_connect_error(pg_conn* connection);

}  // namespace hrbridge::store::postgres
