#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/native/mariadb_options.h"
#include "connectors/native/mariadb_wire.h"
#include "connectors/odbc/connection.h"
#include "connectors/odbc/dialect.h"

namespace hrbridge::native {

class MariaDbCursor;

// A session with MariaDB or MySQL by libmariadb. Rows stream: one cursor's at a time lie on the
// wire, and when another one wants it, what is left of them is taken into memory.
class MariaDbConnection final : public odbc::Connection {
  public:
    MariaDbConnection(const MariaDbOptions& options, std::int64_t query_seconds);
    MariaDbConnection(const MariaDbConnection&) = delete;
    MariaDbConnection& operator=(const MariaDbConnection&) = delete;
    ~MariaDbConnection() override;

    std::unique_ptr<odbc::Cursor> cursor() override;
    std::string current_database() override { return options_.database; }
    std::vector<odbc::TableName> tables(const std::string& catalog) override;
    std::vector<odbc::IndexColumn> primary_key(const odbc::TableName& table) override;
    std::vector<odbc::IndexColumn> unique_indexes(const odbc::TableName& table) override;

    // For its cursors.
    const MariaDbOptions& options() const { return options_; }
    MariaDbWire& wire() { return wire_; }
    // Frees the wire for `cursor`; its own rows are not waited for.
    void claim(const MariaDbCursor& cursor);
    void stream(MariaDbCursor& cursor) { streaming_ = &cursor; }
    void release(const MariaDbCursor& cursor);

  private:
    std::vector<odbc::IndexColumn> keys(const odbc::TableName& table, const std::string& which);

    MariaDbOptions options_;
    MariaDbWire wire_;
    MariaDbCursor* streaming_ = nullptr;
};

// Of a connection by libmariadb.
odbc::Dialect native_mariadb_dialect();

}  // namespace hrbridge::native
