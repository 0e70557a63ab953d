#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/odbc/cursor.h"

struct sqlite3_stmt;
struct sqlite3_value;

namespace hrbridge::native {

class SqliteConnection;

// A statement of SQLite. Cells come as SQLite writes them, whatever their column declares; bytes
// as they are.
class SqliteCursor final : public odbc::Cursor {
  public:
    explicit SqliteCursor(SqliteConnection& connection) : connection_(&connection) {}
    SqliteCursor(const SqliteCursor&) = delete;
    SqliteCursor& operator=(const SqliteCursor&) = delete;
    ~SqliteCursor() override;

    void prepare(const odbc::Sql& sql) override;
    void execute() override;
    void run(std::string_view sql) override;
    int column_count() override;
    odbc::ResultColumn describe(int column) override;
    odbc::BaseColumn base_of(int column) override;
    std::unique_ptr<odbc::Fetcher> fetcher(const odbc::Layout& layout) override;
    void reset() noexcept override;
    void cancel() noexcept override;

    // Fetcher::fetch().
    bool fill(base::RawBlock& block, const odbc::BlockBounds& bounds);

  private:
    // To the next row; false behind the last one.
    bool step();
    bool table_allows_null(int column) const;  // 0-based
    void take_row(base::RawBlock& block, std::size_t& bytes);
    // The number of its bytes.
    std::size_t take_cell(sqlite3_value* cell, base::RawColumn& column) const;
    std::string_view bytes_of(sqlite3_value* cell, const void* bytes) const;

    SqliteConnection* connection_;
    sqlite3_stmt* statement_ = nullptr;
    bool has_row_ = false;  // that was not taken yet
    bool done_ = false;
};

}  // namespace hrbridge::native
