#include "connectors/native/sqlite_connection.h"

#include <charconv>
#include <new>

#include <sqlite3.h>

#include "connectors/native/sqlite_cursor.h"
#include "connectors/odbc/diagnostics.h"

namespace hrbridge::native {
namespace {

constexpr int kStepsBetweenLooks = 20'000;

// SQLite tells its errors by numbers alone. Those that pass with time have a state of their own.
const char* state_of(int code) {
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return "HYT00";
        case SQLITE_INTERRUPT:
            return "HY008";
        default:
            return "HY000";
    }
}

int to_int(const std::string& text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

SqliteConnection::SqliteConnection(const SqliteOptions& options, std::int64_t query_seconds)
    : Connection(options.name), most_work_(query_seconds) {
    const int code = sqlite3_open_v2(
        options.path.c_str(), &database_, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    if (database_ == nullptr) {
        throw std::bad_alloc();
    }
    if (code != SQLITE_OK) {
        const base::ConnectorError failure = error("opening " + options.path);
        sqlite3_close_v2(database_);
        throw failure;
    }
    sqlite3_busy_timeout(database_, static_cast<int>(options.busy_timeout_s * 1000));
    sqlite3_progress_handler(database_, kStepsBetweenLooks, &SqliteConnection::watch, this);
}

SqliteConnection::~SqliteConnection() {
    sqlite3_close_v2(database_);
}

int SqliteConnection::watch(void* self) {
    const auto& connection = *static_cast<SqliteConnection*>(self);
    return connection.interrupted_ || connection.is_over_time() ? 1 : 0;
}

bool SqliteConnection::is_over_time() const {
    return most_work_.count() > 0 && std::chrono::steady_clock::now() - work_begin_ > most_work_;
}

base::ConnectorError SqliteConnection::error(std::string_view doing) const {
    const int code = sqlite3_extended_errcode(database_);
    return odbc::make_error(
        source(), doing, {{state_of(code), code, sqlite3_errmsg(database_)}}, base::Secret());
}

std::unique_ptr<odbc::Cursor> SqliteConnection::cursor() {
    return std::make_unique<SqliteCursor>(*this);
}

// The one call that SQLite allows beside the thread that reads. It forgets an interruption when no
// statement runs yet.
void SqliteConnection::interrupt() noexcept {
    interrupted_ = true;
    sqlite3_interrupt(database_);
}

std::vector<odbc::TableName> SqliteConnection::tables(const std::string& /*catalog*/) {
    odbc::Statement statement(*this);
    statement.run(
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE "
        "'sqlite\\_%' ESCAPE '\\'");
    std::vector<odbc::TableName> names;
    for (const auto& row : statement.all_rows()) {
        names.push_back({"", "", row.front().value_or("")});
    }
    return names;
}

std::vector<odbc::IndexColumn> SqliteConnection::primary_key(const odbc::TableName& table) {
    odbc::Statement statement(*this);
    statement.prepare({"SELECT pk, name FROM pragma_table_info(?) WHERE pk > 0", {{table.table}}});
    statement.execute();
    std::vector<odbc::IndexColumn> columns;
    for (const auto& row : statement.all_rows()) {
        columns.push_back({"", to_int(row[0].value_or("")), row[1].value_or("")});
    }
    return columns;
}

std::vector<odbc::IndexColumn> SqliteConnection::unique_indexes(const odbc::TableName& table) {
    odbc::Statement statement(*this);
    // A column that is an expression has no name; an index with one is no key.
    statement.prepare(
        {"SELECT l.name, i.seqno, i.name FROM pragma_index_list(?) l, "
         "pragma_index_info(l.name) i WHERE l.\"unique\" = 1 AND l.partial = 0 AND "
         "NOT EXISTS (SELECT 1 FROM pragma_index_info(l.name) e WHERE e.name IS NULL)",
         {{table.table}}});
    statement.execute();
    std::vector<odbc::IndexColumn> columns;
    for (const auto& row : statement.all_rows()) {
        columns.push_back({row[0].value_or(""), to_int(row[1].value_or("")), row[2].value_or("")});
    }
    return columns;
}

odbc::Dialect native_sqlite_dialect() {
    odbc::Dialect dialect = odbc::dialect_named("sqlite");
    dialect.attributes.clear();
    dialect.snapshot = {"BEGIN"};
    return dialect;
}

}  // namespace hrbridge::native
