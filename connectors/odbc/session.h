#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "connectors/odbc/connection.h"
#include "connectors/odbc/dialect.h"
#include "connectors/odbc/options.h"

namespace hrbridge::odbc {

// A logged-in connection and how to speak to it.
struct Session {
    std::unique_ptr<Connection> connection;
    Dialect dialect;
    std::int64_t query_seconds = 0;  // of one statement; 0: no limit
};

// A session that its source's guard allows for as long as it lives.
struct HeldSession {
    std::shared_ptr<void> slot;  // given back when the connection has ended
    Session session;
};

// Logs in, finds the dialect (`known` when an earlier login found it), logs in again when that
// dialect needs connection attributes that the first login lacked, and sets the session up.
// Throws base::ConnectorError.
Session open_session(Api& api,
                     const Options& options,
                     const SessionSettings& settings,
                     const std::string& known = "");

// Runs the dialect's statements for `settings`, then `statements`.
void set_up_session(Session& session,
                    const SessionSettings& settings,
                    const std::vector<std::string>& statements);

// Opens a read-only snapshot that all later statements of the session see, where the dialect knows
// how.
void begin_snapshot(Session& session);

}  // namespace hrbridge::odbc
