#include "daemon/store/sqlite/connection.h"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

#include "daemon/store/column_type.h"
#include "daemon/store/sqlite/cells.h"
#include "daemon/store/sqlite/error.h"
#include "daemon/store/sqlite/file_place.h"
#include "daemon/store/sqlite/handle.h"
#include "daemon/store/sqlite/long_cell.h"
#include "daemon/store/sqlite/statement_cache.h"
#include "daemon/store/sqlite/writer_gate.h"

namespace hrbridge::store::sqlite {
namespace {

struct Leave {
    void operator()(WriterGate* gate) const { gate->leave(); }
};
using WriterTurn = std::unique_ptr<WriterGate, Leave>;  // that of its owner to write

class SqliteConnection;

class SqliteRows final : public sql::Rows {
  public:
    SqliteRows(SqliteConnection& connection, sqlite3_stmt* statement, std::uint64_t turn);
    ~SqliteRows() override;
    SqliteRows(const SqliteRows&) = delete;
    SqliteRows& operator=(const SqliteRows&) = delete;

    bool next() override;
    base::Value value(int column) const override;

  private:
    SqliteConnection& connection_;
    sqlite3_stmt* statement_;
    std::uint64_t turn_;
    bool done_ = false;
    std::vector<std::optional<ColumnType>> types_;
};

class SqliteConnection final : public sql::Connection {
  public:
    SqliteConnection(Handle handle, std::shared_ptr<WriterGate> gate)
        : gate_(std::move(gate)), handle_(std::move(handle)), statements_(handle_.get()) {}
    ~SqliteConnection() override { rollback(); }
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;

    using sql::Connection::execute, sql::Connection::query;

    sql::Dialect dialect() const override { return sql::Dialect::Sqlite; }

    std::unique_ptr<sql::Rows> query(std::string_view sql,
                                     std::span<const base::Value> values) override {
        end_rows();
        // The values live only during this call, so the parameters are kept here.
        held_values_.assign(values.begin(), values.end());
        Statement& statement = statements_.get(sql);
        turn_of_rows_ = turn_for(statement);
        statement.bind(handle_.get(), held_values_);
        reading_ = statement.handle.get();
        return std::make_unique<SqliteRows>(*this, reading_, turn_);
    }

    std::int64_t execute(std::string_view sql, std::span<const base::Value> values) override {
        end_rows();
        Statement& statement = statements_.get(sql);
        const WriterTurn turn = turn_for(statement);
        statement.bind(handle_.get(), values);
        const std::int64_t before = sqlite3_total_changes64(handle_.get());
        int code = SQLITE_ROW;
        while (code == SQLITE_ROW) {
            code = sqlite3_step(statement.handle.get());
        }
        release(statement.handle.get());
        if (code != SQLITE_DONE) {
            throw make_error(code, handle_.get(), "running a statement");
        }
        return sqlite3_total_changes64(handle_.get()) - before;
    }

    void run_script(std::string_view sql) override {
        end_rows();
        run(std::string(sql));
    }

    void bulk_insert(std::string_view table,
                     std::span<const base::Column* const> columns) override {
        end_rows();
        if (columns.empty() || columns.front()->rows() == 0) {
            return;
        }
        if (in_transaction()) {
            insert_rows(table, columns);
            return;
        }
        run_script("BEGIN");
        try {
            insert_rows(table, columns);
            run_script("COMMIT");
        } catch (...) {
            rollback();
            throw;
        }
    }

    void scan(std::string_view select,
              std::span<const base::FieldType> types,
              const sql::ScanRow& row) override {
        scan(select, {}, types, row);
    }

    void scan(std::string_view select,
              std::span<const base::Value> values,
              std::span<const base::FieldType> types,
              const sql::ScanRow& row) override {
        end_rows();
        Statement& statement = statements_.get(select);
        statement.bind(handle_.get(), values);
        sqlite3_stmt* const cursor = statement.handle.get();
        const std::unique_ptr<sqlite3_stmt, void (*)(sqlite3_stmt*)> reset(cursor, release);
        std::vector<sql::ScanCell> cells(types.size());
        int code = SQLITE_ROW;
        while ((code = sqlite3_step(cursor)) == SQLITE_ROW) {
            for (std::size_t i = 0; i < cells.size(); ++i) {
                scan_cell(cursor, static_cast<int>(i), types[i], cells[i]);
            }
            row(cells);
        }
        if (code != SQLITE_DONE) {
            throw make_error(code, handle_.get(), "reading rows");
        }
    }

    void put_long(const sql::LongCell& cell) override {
        end_rows();
        sqlite::put_long(*this, handle_.get(), cell);
    }

    void begin() override {
        end_rows();
        WriterTurn turn = holds_a_turn() ? nullptr : take_turn();
        run("BEGIN IMMEDIATE");
        turn_of_transaction_ = std::move(turn);
    }
    void begin_snapshot() override { begin(); }
    void begin_reading() override { run_script("BEGIN"); }
    void commit() override {
        run_script("COMMIT");
        turn_of_transaction_.reset();
    }

    void rollback() noexcept override {
        end_rows();
        if (in_transaction()) {
            sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
        }
        turn_of_transaction_.reset();
    }

    bool in_transaction() const override { return sqlite3_get_autocommit(handle_.get()) == 0; }
    bool reaches_store() override { return is_at_its_path(handle_.get()); }
    void give_back_memory() noexcept override { sqlite3_db_release_memory(handle_.get()); }

    // Called by the rows that were read to their end or dropped.
    void end_rows() noexcept {
        ++turn_;
        if (reading_ != nullptr) {
            release(reading_);
            reading_ = nullptr;
        }
        turn_of_rows_.reset();
    }
    std::uint64_t turn() const { return turn_; }
    sqlite3* handle() { return handle_.get(); }

  private:
    static void release(sqlite3_stmt* statement) noexcept {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }

    void run(const std::string& script) {
        const int code = sqlite3_exec(handle_.get(), script.c_str(), nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) {
            throw make_error(code, handle_.get(), "running a script");
        }
    }

    // SQLite's own words, so that PRAGMA busy_timeout says how long any wait may be.
    std::chrono::milliseconds patience() {
        int milliseconds = 0;
        const auto take = [](void* out, int, char** values, char**) {
            *static_cast<int*>(out) = std::atoi(values[0]);
            return 0;
        };
        sqlite3_exec(handle_.get(), "PRAGMA busy_timeout", take, &milliseconds, nullptr);
        return std::chrono::milliseconds(milliseconds);
    }

    bool holds_a_turn() const { return in_transaction() || turn_of_transaction_ != nullptr; }

    WriterTurn take_turn() {
        if (!gate_->enter(patience())) {
            throw make_error(SQLITE_BUSY, nullptr, "waiting to write");
        }
        return WriterTurn(gate_.get());
    }

    // Null when the statement only reads, or is part of a transaction.
    WriterTurn turn_for(const Statement& statement) {
        const bool reads = sqlite3_stmt_readonly(statement.handle.get()) != 0;
        return reads || holds_a_turn() ? nullptr : take_turn();
    }

    void insert_rows(std::string_view table, std::span<const base::Column* const> columns) {
        std::string names;
        std::string marks;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            names += fmt::format("{}{}", i == 0 ? "" : ", ", columns[i]->name());
            marks += fmt::format("{}${}", i == 0 ? "" : ", ", i + 1);
        }
        const auto sql = fmt::format("INSERT INTO {} ({}) VALUES ({})", table, names, marks);
        sqlite3_stmt* statement = statements_.get(sql).handle.get();
        const std::size_t rows = columns.front()->rows();
        for (std::size_t row = 0; row < rows; ++row) {
            insert_row(statement, columns, row);
        }
        sqlite3_clear_bindings(statement);
    }

    void insert_row(sqlite3_stmt* statement,
                    std::span<const base::Column* const> columns,
                    std::size_t row) {
        int code = SQLITE_OK;
        for (std::size_t i = 0; i < columns.size() && code == SQLITE_OK; ++i) {
            code = bind_cell(statement, static_cast<int>(i + 1), *columns[i], row);
        }
        if (code == SQLITE_OK) {
            code = sqlite3_step(statement);
            sqlite3_reset(statement);
        }
        if (code != SQLITE_DONE) {
            throw make_error(code, handle_.get(), "inserting rows");
        }
    }

    std::shared_ptr<WriterGate> gate_;
    WriterTurn turn_of_transaction_;
    WriterTurn turn_of_rows_;  // of a statement that writes and gives rows
    Handle handle_;
    StatementCache statements_;
    std::vector<base::Value> held_values_;
    sqlite3_stmt* reading_ = nullptr;
    std::uint64_t turn_ = 0;
};

SqliteRows::SqliteRows(SqliteConnection& connection, sqlite3_stmt* statement, std::uint64_t turn)
    : connection_(connection), statement_(statement), turn_(turn) {
    const int columns = sqlite3_column_count(statement);
    for (int i = 0; i < columns; ++i) {
        const char* declared = sqlite3_column_decltype(statement, i);
        types_.push_back(declared == nullptr ? std::nullopt : parse_sqlite_type(declared));
    }
}

SqliteRows::~SqliteRows() {
    if (turn_ == connection_.turn()) {
        connection_.end_rows();
    }
}

bool SqliteRows::next() {
    if (done_) {
        return false;
    }
    if (turn_ != connection_.turn()) {
        throw std::logic_error("rows are read after the next statement on their connection");
    }
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        const base::StoreError error = make_error(code, connection_.handle(), "reading rows");
        connection_.end_rows();
        throw error;
    }
    connection_.end_rows();
    done_ = true;
    return false;
}

base::Value SqliteRows::value(int column) const {
    if (turn_ != connection_.turn()) {
        throw std::logic_error("a row is read after the next statement on its connection");
    }
    return read_cell(statement_, column, types_.at(static_cast<std::size_t>(column)));
}

}  // namespace

std::unique_ptr<sql::Connection> connect(const std::string& path) {
    return std::make_unique<SqliteConnection>(open_file(path), WriterGate::of(path));
}

}  // namespace hrbridge::store::sqlite
