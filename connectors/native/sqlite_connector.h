#pragma once

#include <string_view>

#include "connectors/native/sqlite_options.h"
#include "connectors/odbc/sql_connector.h"

namespace hrbridge::native {

// An SQLite file read by SQLite's own library ("kind: sqlite").
class SqliteConnector final : public odbc::SqlConnector {
  public:
    SqliteConnector(SqliteOptions options, connectors::SourceGuard guard, Parts parts);

    std::string_view kind() const override { return "sqlite"; }

  private:
    odbc::Session log_in(const odbc::SessionSettings& settings) override;

    SqliteOptions options_;
};

}  // namespace hrbridge::native
