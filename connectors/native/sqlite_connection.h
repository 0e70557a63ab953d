#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/native/sqlite_options.h"
#include "connectors/odbc/connection.h"
#include "connectors/odbc/dialect.h"

struct sqlite3;

namespace hrbridge::native {

// A read-only session with an SQLite file.
class SqliteConnection final : public odbc::Connection {
  public:
    // Work on one block of rows that takes longer than `query_seconds` is ended; 0: never.
    SqliteConnection(const SqliteOptions& options, std::int64_t query_seconds);
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;
    ~SqliteConnection() override;

    std::unique_ptr<odbc::Cursor> cursor() override;
    std::string current_database() override { return "main"; }
    std::vector<odbc::TableName> tables(const std::string& catalog) override;
    std::vector<odbc::IndexColumn> primary_key(const odbc::TableName& table) override;
    std::vector<odbc::IndexColumn> unique_indexes(const odbc::TableName& table) override;

    // For its cursors.
    sqlite3* get() const { return database_; }
    base::ConnectorError error(std::string_view doing) const;
    // The time of a statement's work begins.
    void begin_work() { work_begin_ = std::chrono::steady_clock::now(); }
    // From any thread: ends the statement that runs, and each one that is begun later.
    void interrupt() noexcept;

  private:
    static int watch(void* self);
    bool is_over_time() const;

    sqlite3* database_ = nullptr;
    std::atomic<bool> interrupted_{false};
    std::chrono::seconds most_work_;
    std::chrono::steady_clock::time_point work_begin_;
};

// Of a connection by SQLite's own library.
odbc::Dialect native_sqlite_dialect();

}  // namespace hrbridge::native
