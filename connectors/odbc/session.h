#pragma once

#include <memory>
#include <string>

#include "connectors/odbc/dialect.h"
#include "connectors/odbc/handle.h"
#include "connectors/odbc/options.h"

namespace hrbridge::odbc {

// A logged-in connection and how to speak to it.
struct Session {
    std::unique_ptr<Connection> connection;
    Dialect dialect;
};

// Logs in, finds the dialect (`known` when an earlier login found it), logs in again when that
// dialect needs connection attributes that the first login lacked, and sets the session up.
// Throws base::ConnectorError.
Session open_session(Api& api,
                     const Options& options,
                     const SessionSettings& settings,
                     const std::string& known = "");

// Opens a read-only snapshot that all later statements of the session see, where the dialect knows
// how.
void begin_snapshot(Session& session);

}  // namespace hrbridge::odbc
