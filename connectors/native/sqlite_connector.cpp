#include "connectors/native/sqlite_connector.h"

#include <fmt/format.h>

#include "connectors/native/sqlite_connection.h"

namespace hrbridge::native {

SqliteConnector::SqliteConnector(SqliteOptions options, connectors::SourceGuard guard, Parts parts)
    : SqlConnector({options.name, options.busy_timeout_s, "", {}}, std::move(guard), parts),
      options_(std::move(options)) {}

odbc::Session SqliteConnector::log_in(const odbc::SessionSettings& settings) {
    if (const base::Faults faults = check_options(options_); !faults.empty()) {
        throw base::ConnectorError(
            options_.name,
            "settings",
            base::Remedy::Stop,
            fmt::format("{}: {}", faults.front().where, faults.front().what));
    }
    odbc::Session session{std::make_unique<SqliteConnection>(options_, settings.query_seconds),
                          native_sqlite_dialect()};
    odbc::set_up_session(session, settings, {});
    // The file is opened by the first statement only.
    odbc::Statement(*session.connection).run("SELECT count(*) FROM sqlite_schema");
    return session;
}

}  // namespace hrbridge::native
