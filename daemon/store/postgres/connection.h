#pragma once

#include <memory>
#include <string>

#include "daemon/base/secret.h"
#include "daemon/store/sql.h"

namespace hrbridge::store::postgres {

struct SessionOptions {
    int statement_timeout_s = 300;
    std::string schema = {};  // names are looked up there alone; empty: in the user's search path
    // A commit is on disk when it returns. Otherwise it is there before any later commit on the
    // server that waits for the disk.
    bool waits_for_disk = true;
};

// Opens a session. `conninfo` is libpq's key=value text (host, dbname, sslmode, sslrootcert …)
// without the password. Nothing that a session keeps is used beyond a transaction, so that a pooler
// in transaction mode may stand between: statements are unnamed, settings are SET LOCAL; a
// statement outside a transaction gets one of its own. After a lost connection every call throws
// StoreError(Retry); open a new one then. Throws StoreError, std::invalid_argument for a schema's
// name that is not made of a-z, 0-9 and _.
std::unique_ptr<sql::Connection> connect(const std::string& conninfo,
                                         const base::Secret& password,
                                         const SessionOptions& options);

}  // namespace hrbridge::store::postgres
