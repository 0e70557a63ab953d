#include "connectors/native/mariadb_connector.h"

#include <fmt/format.h>

#include "connectors/native/mariadb_connection.h"

namespace hrbridge::native {

MariaDbConnector::MariaDbConnector(MariaDbOptions options,
                                   connectors::SourceGuard guard,
                                   Parts parts)
    : SqlConnector(
          {options.name, options.login_timeout_s, options.now_query, {}}, std::move(guard), parts),
      options_(std::move(options)) {}

odbc::Session MariaDbConnector::log_in(const odbc::SessionSettings& settings) {
    if (const base::Faults faults = check_options(options_); !faults.empty()) {
        throw base::ConnectorError(
            options_.name,
            "settings",
            base::Remedy::Stop,
            fmt::format("{}: {}", faults.front().where, faults.front().what));
    }
    odbc::Session session{std::make_unique<MariaDbConnection>(options_, settings.query_seconds),
                          native_mariadb_dialect()};
    odbc::set_up_session(session, settings, options_.session_statements);
    return session;
}

}  // namespace hrbridge::native
