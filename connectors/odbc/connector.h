#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/connector.h"
#include "connectors/odbc/api.h"
#include "connectors/odbc/options.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"

namespace hrbridge::odbc {

struct Session;

// A table's first rows, for `mapping new`.
struct Sample {
    std::vector<base::DescribedColumn> columns;
    base::RawBlock rows;
};

// A database reached by ODBC ("kind: odbc").
class OdbcConnector final : public connectors::Connector {
  public:
    // `api`, `clock` and `log` outlive the connector. At most guard.sessions readings are open at
    // one time; guard.hours is for whoever plans the runs.
    struct Parts {
        Api& api;
        base::Clock& clock;
        base::Log& log;
    };
    OdbcConnector(Options options, connectors::SourceGuard guard, Parts parts);
    OdbcConnector(const OdbcConnector&) = delete;
    OdbcConnector& operator=(const OdbcConnector&) = delete;
    ~OdbcConnector() override;

    std::string_view kind() const override { return "odbc"; }
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

  private:
    class Slots;

    Session login(const std::string& zone, bool text_as_bytes = false);
    void note(const Session& session);

    Options options_;
    connectors::SourceGuard guard_;
    Parts parts_;
    std::shared_ptr<Slots> slots_;
    std::mutex mutex_;
    std::string dialect_;  // found by the first login; guarded by mutex_
};

}  // namespace hrbridge::odbc
