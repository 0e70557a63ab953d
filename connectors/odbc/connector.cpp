#include "connectors/odbc/connector.h"

#include <fmt/format.h>

#include "connectors/odbc/connection_string.h"

namespace hrbridge::odbc {

namespace {

// Longer than a server takes to see that a session has ended; a file has none.
std::chrono::milliseconds linger_of(const Options& options) {
    return std::chrono::milliseconds(dialect_of_driver(options.driver) == "sqlite" ? 0 : 50);
}

}  // namespace

OdbcConnector::OdbcConnector(Options options, connectors::SourceGuard guard, Parts parts)
    : SqlConnector({options.name, options.login_timeout_s, options.now_query, linger_of(options)},
                   std::move(guard),
                   {parts.clock, parts.log, parts.metrics}),
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
