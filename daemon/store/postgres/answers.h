#pragma once

#include <chrono>

#include <libpq-fe.h>

namespace hrbridge::store::postgres {

// Whether the session answers a statement within `patience`; libpq's own calls wait for as long as
// the server's machine acknowledges. For a session without statement and transaction; after false
// it can only be closed.
bool answers(PGconn* session, std::chrono::milliseconds patience);

}  // namespace hrbridge::store::postgres
