#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "connectors/odbc/api.h"
#include "connectors/odbc/options.h"
#include "connectors/odbc/sql_connector.h"

namespace hrbridge::odbc {

// A database reached by ODBC ("kind: odbc").
class OdbcConnector final : public SqlConnector {
  public:
    // All outlive the connector.
    struct Parts {
        Api& api;
        base::Clock& clock;
        base::Log& log;
        monitoring::Metrics* metrics = nullptr;
    };
    OdbcConnector(Options options, connectors::SourceGuard guard, Parts parts);

    std::string_view kind() const override { return "odbc"; }

  private:
    Session log_in(const SessionSettings& settings) override;

    Options options_;
    Api& api_;
    std::mutex mutex_;
    std::string dialect_;  // found by the first login; guarded by mutex_
};

}  // namespace hrbridge::odbc
