#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/connector.h"
#include "connectors/odbc/session.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"

namespace hrbridge::odbc {

// A table's first rows, for `mapping new`.
struct Sample {
    std::vector<base::DescribedColumn> columns;
    base::RawBlock rows;
};

// A database that is asked in SQL, by whatever client library. Every login takes one of
// guard.sessions, also those that only ask for the clock or a table's columns; guard.hours is for
// whoever plans the runs.
class SqlConnector : public connectors::Connector {
  public:
    struct Settings {
        std::string name;  // of the source
        std::int64_t login_timeout_s = 15;
        std::string now_query;  // replaces the dialect's
        // So much later than this side the server may see the end of a session.
        std::chrono::milliseconds linger{0};
    };
    // `clock` and `log` outlive the connector.
    struct Parts {
        base::Clock& clock;
        base::Log& log;
        monitoring::Metrics* metrics = nullptr;
    };
    SqlConnector(Settings settings, connectors::SourceGuard guard, Parts parts);
    SqlConnector(const SqlConnector&) = delete;
    SqlConnector& operator=(const SqlConnector&) = delete;
    ~SqlConnector() override;

    void check() override;
    base::Timestamp now(const std::stop_token& stop) override;
    base::Faults validate(const base::YamlNode& dataset) const override;
    std::unique_ptr<connectors::Source> open(const connectors::ReadRequest& request) override;

    // For scaffolding a mapping; all throw base::ConnectorError. Tables are as list_tables() names
    // them.
    std::vector<std::string> list_tables();
    std::vector<base::DescribedColumn> describe_table(const std::string& table);
    // The primary key, otherwise the smallest unique index; empty: none.
    std::vector<std::string> key_columns(const std::string& table);
    // The names as this database's SQL must write them.
    std::vector<std::string> quoted(const std::vector<std::string>& names);
    Sample sample(const std::string& table, std::size_t rows);

  protected:
    // Logs in and sets the session up. Throws base::ConnectorError.
    virtual Session log_in(const SessionSettings& settings) = 0;

  private:
    HeldSession login(const std::stop_token& stop = {},
                      const std::string& zone = "",
                      bool text_as_bytes = false,
                      std::int64_t fetch_rows = 0);
    void note(const Session& session);

    Settings settings_;
    connectors::SourceGuard guard_;
    Parts parts_;
    std::shared_ptr<connectors::SourceMeter> meter_;
};

}  // namespace hrbridge::odbc
