#pragma once

#include <memory>
#include <string>

#include <libpq-fe.h>

#include "daemon/base/secret.h"

namespace hrbridge::store::postgres {

struct ConnectionCloser {
    void operator()(PGconn* handle) const { PQfinish(handle); }
};
using Handle = std::unique_ptr<PGconn, ConnectionCloser>;

// A session of UTF-8 that prints no notices. `conninfo` is libpq's; an empty password is none.
// Throws base::StoreError.
Handle log_in(const std::string& conninfo, const base::Secret& password);

}  // namespace hrbridge::store::postgres
