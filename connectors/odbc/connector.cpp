#include "connectors/odbc/connector.h"

#include <fmt/format.h>

#include "connectors/odbc/connection_string.h"

namespace hrbridge::odbc {

OdbcConnector::OdbcConnector(Options options, connectors::SourceGuard guard, Parts parts)
    : SqlConnector({options.name, options.login_timeout_s, options.now_query},
                   std::move(guard),
                   {parts.clock, parts.log}),
      options_(std::move(options)),
      api_(parts.api) {}

Session OdbcConnector::log_in(const SessionSettings& settings) {
    if (const base::Faults faults = check_options(options_); !faults.empty()) {
        throw base::ConnectorError(
            options_.name,
            "settings",
            base::Remedy::Stop,
            fmt::format("{}: {}", faults.front().where, faults.front().what));
    }
    std::string known;
    {
        const std::lock_guard lock(mutex_);
        known = dialect_;
    }
    Session session = open_session(api_, options_, settings, known);
    const std::lock_guard lock(mutex_);
    dialect_ = session.dialect.name;
    return session;
}

}  // namespace hrbridge::odbc
