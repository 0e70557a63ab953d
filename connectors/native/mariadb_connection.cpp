#include "connectors/native/mariadb_connection.h"

#include <charconv>

#include "connectors/native/mariadb_cursor.h"

namespace hrbridge::native {
namespace {

// The server ends a statement at query_seconds; when it does not, the network or the server hangs.
constexpr std::int64_t kPatience = 30;

std::int64_t silent_seconds(std::int64_t query_seconds) {
    return query_seconds > 0 ? query_seconds + kPatience : 0;
}

int to_int(const std::string& text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

MariaDbConnection::MariaDbConnection(const MariaDbOptions& options, std::int64_t query_seconds)
    : Connection(options.name), options_(options), wire_(options_, silent_seconds(query_seconds)) {}

MariaDbConnection::~MariaDbConnection() = default;

std::unique_ptr<odbc::Cursor> MariaDbConnection::cursor() {
    return std::make_unique<MariaDbCursor>(*this);
}

void MariaDbConnection::claim(const MariaDbCursor& cursor) {
    if (streaming_ != nullptr && streaming_ != &cursor) {
        streaming_->keep_rest();
    }
    streaming_ = nullptr;
}

void MariaDbConnection::release(const MariaDbCursor& cursor) {
    if (streaming_ == &cursor) {
        streaming_ = nullptr;
    }
}

std::vector<odbc::TableName> MariaDbConnection::tables(const std::string& catalog) {
    odbc::Statement statement(*this);
    statement.prepare(
        {"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? "
         "AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')",
         {{catalog.empty() ? options_.database : catalog}}});
    statement.execute();
    std::vector<odbc::TableName> names;
    for (const auto& row : statement.all_rows()) {
        names.push_back({catalog, "", row.front().value_or("")});
    }
    return names;
}

std::vector<odbc::IndexColumn> MariaDbConnection::keys(const odbc::TableName& table,
                                                       const std::string& which) {
    odbc::Statement statement(*this);
    // What is unique by the beginning of a column is unique by all of it; an expression has no
    // name.
    statement.prepare(
        {"SELECT INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME FROM "
         "information_schema.STATISTICS s WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? "
         "AND NON_UNIQUE = 0 AND NOT EXISTS (SELECT 1 FROM information_schema.STATISTICS e WHERE "
         "e.TABLE_SCHEMA = s.TABLE_SCHEMA AND e.TABLE_NAME = s.TABLE_NAME AND e.INDEX_NAME = "
         "s.INDEX_NAME AND e.COLUMN_NAME IS NULL)" +
             which,
         {{table.catalog}, {table.table}}});
    statement.execute();
    std::vector<odbc::IndexColumn> columns;
    for (const auto& row : statement.all_rows()) {
        columns.push_back({row[0].value_or(""), to_int(row[1].value_or("")), row[2].value_or("")});
    }
    return columns;
}

std::vector<odbc::IndexColumn> MariaDbConnection::primary_key(const odbc::TableName& table) {
    return keys(table, " AND INDEX_NAME = 'PRIMARY'");
}

std::vector<odbc::IndexColumn> MariaDbConnection::unique_indexes(const odbc::TableName& table) {
    return keys(table, "");
}

odbc::Dialect native_mariadb_dialect() {
    odbc::Dialect dialect = odbc::dialect_named("mariadb");
    dialect.attributes.clear();
    // Pages all the same: their ends are where the order is proven, in the same snapshot, and a
    // statement that streams all rows would last as long as who takes them.
    dialect.holds_results = false;
    dialect.most_page_rows = 50'000;
    // Another statement in the middle of a page has its rest held.
    dialect.page_bytes = 16LL << 20;
    return dialect;
}

}  // namespace hrbridge::native
