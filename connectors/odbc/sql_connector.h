#pragma once

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

// A database that is asked in SQL, by whatever client library. At most guard.sessions readings are
// open at one time; guard.hours is for whoever plans the runs.
class SqlConnector : public connectors::Connector {
  public:
    struct Settings {
        std::string name;  // of the source
        std::int64_t login_timeout_s = 15;
        std::string now_query;  // replaces the dialect's
    };
    // `clock` and `log` outlive the connector.
    struct Parts {
        base::Clock& clock;
        base::Log& log;
    };
    SqlConnector(Settings settings, connectors::SourceGuard guard, Parts parts);
    SqlConnector(const SqlConnector&) = delete;
    SqlConnector& operator=(const SqlConnector&) = delete;
    ~SqlConnector() override;

    void check() override;
    base::Timestamp now(const std::stop_token& stop) override;
    base::Faults validate(const base::YamlNode& dataset) const override;
    // Waits up to the login time-out for a free session, then throws ConnectorError (Retry).
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
    class Slots;

    Session login(const std::string& zone, bool text_as_bytes = false);
    void note(const Session& session);

    Settings settings_;
    connectors::SourceGuard guard_;
    Parts parts_;
    std::shared_ptr<Slots> slots_;
};

}  // namespace hrbridge::odbc
