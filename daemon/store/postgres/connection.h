#pragma once

#include <memory>
#include <string>

#include "daemon/base/secret.h"
#include "daemon/store/sql.h"

namespace hrbridge::store::postgres {

// Opens a session. `conninfo` is libpq's key=value text (host, dbname, sslmode, sslrootcert …)
// without the password. Nothing that a session keeps is used beyond a transaction, so that a pooler
// in transaction mode may stand between: statements are unnamed, settings are SET LOCAL; a
// statement outside a transaction gets one of its own. After a lost connection every call throws
// StoreError(Retry); open a new one then. Throws StoreError.
std::unique_ptr<sql::Connection> connect(const std::string& conninfo,
                                         const base::Secret& password,
                                         int statement_timeout_s);

}  // namespace hrbridge::store::postgres
