#pragma once

#include <string_view>

#include "connectors/native/mariadb_options.h"
#include "connectors/odbc/sql_connector.h"

namespace hrbridge::native {

// A MariaDB or MySQL server reached by its own client library ("kind: mariadb").
class MariaDbConnector final : public odbc::SqlConnector {
  public:
    MariaDbConnector(MariaDbOptions options, connectors::SourceGuard guard, Parts parts);

    std::string_view kind() const override { return "mariadb"; }

  private:
    odbc::Session log_in(const odbc::SessionSettings& settings) override;

    MariaDbOptions options_;
};

}  // namespace hrbridge::native
