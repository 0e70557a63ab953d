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
// StoreError(Retry); open a new one then. Names are looked up in `schema` alone, and in the user's
// own search path when it is empty. Throws StoreError, std::invalid_argument for a schema's name
// that is not made of a-z, 0-9 and _.
std::unique_ptr<sql::Connection> connect(const std::string& conninfo,
                                         const base::Secret& password,
                                         int statement_timeout_s,
                                         const std::string& schema = {});

}  // namespace hrbridge::store::postgres
