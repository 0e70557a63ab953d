#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/base/error.h"
#include "daemon/base/value.h"

namespace hrbridge::store::sql {

enum class Dialect { Sqlite, Postgres };

// A result set read row by row. Valid until the next statement on the same connection.
class Rows {
  public:
    virtual ~Rows() = default;
    virtual bool next() = 0;
    // Typed by the column's declared type: DATE gives Date, NUMERIC gives Decimal and so on, on
    // both stores. An expression without a declared type gives Int, Text, Bytes or Null.
    virtual base::Value value(int column) const = 0;

    bool is_null(int column) const;
    // These throw std::logic_error on another type or NULL.
    std::int64_t integer(int column) const;
    bool boolean(int column) const;
    std::string text(int column) const;
    std::string bytes(int column) const;
    base::Timestamp timestamp(int column) const;
    base::Date date(int column) const;
    std::optional<std::int64_t> optional_integer(int column) const;
    std::optional<std::string> optional_text(int column) const;
    std::optional<base::Timestamp> optional_timestamp(int column) const;
};

// A cell of a scanned row; its column's kind says which member holds.
struct ScanCell {
    bool null = false;
    std::int64_t word = 0;     // Int, Bool, Date (days), Timestamp (microseconds)
    base::Int128 decimal = 0;  // at the column's scale
    std::string_view bytes;    // Text and Bytes; valid during the call only
};
using ScanRow = std::function<void(std::span<const ScanCell>)>;

// A cell that is too long to be a value of a statement: these hold it in this process two or three
// times.
struct LongCell {
    std::string_view table;
    std::string_view column;
    std::int64_t id = 0;     // of the row
    std::string_view bytes;  // outlive the call
};

// All that a backend has to write. One thread at a time. Placeholders are $1, $2 … on both.
// Throws base::StoreError.
class Connection {
  public:
    virtual ~Connection() = default;
    virtual Dialect dialect() const = 0;
    virtual std::unique_ptr<Rows> query(std::string_view sql,
                                        std::span<const base::Value> values) = 0;
    // The number of rows changed.
    virtual std::int64_t execute(std::string_view sql, std::span<const base::Value> values) = 0;
    // Several statements without parameters: migrations, temporary tables.
    virtual void run_script(std::string_view sql) = 0;
    // The bulk path: appends rows [0, batch.rows()) of `columns` to `table` (binary COPY or one
    // prepared insert); columns by name. Inside the caller's transaction.
    virtual void bulk_insert(std::string_view table,
                             std::span<const base::Column* const> columns) = 0;
    // The bulk path out: calls `row` for each row of the SELECT, whose columns are of these types
    // (binary COPY, or a plain cursor). `row` uses no statement of this connection; what it throws
    // ends the scan.
    virtual void scan(std::string_view select,
                      std::span<const base::FieldType> types,
                      const ScanRow& row) = 0;
    // The same of a SELECT with parameters that gives few rows: PostgreSQL's are held whole.
    virtual void scan(std::string_view select,
                      std::span<const base::Value> values,
                      std::span<const base::FieldType> types,
                      const ScanRow& row) = 0;
    // Writes the cell piece by piece, with no second copy of it here; what the row has there is
    // lost. The column is of bytes and the last of its table (SQLite copies a row in which anything
    // comes behind). Inside the caller's transaction.
    virtual void put_long(const LongCell& cell) = 0;
    virtual void begin() = 0;
    // As begin(), and every read sees the store as it was at the first one. What another wrote
    // since then refuses a write to the same row with an error that is_write_conflict()
    // (PostgreSQL).
    virtual void begin_snapshot() = 0;
    // A transaction that writes at most temporary tables; it keeps no other writer waiting.
    virtual void begin_reading() = 0;
    virtual void commit() = 0;
    virtual void rollback() noexcept = 0;
    // Between begin() and commit() or rollback().
    virtual bool in_transaction() const = 0;
    // Whether a connection that rested still leads to the store: the server answers within 5 s, the
    // file is still the one at its path. Outside a transaction. False: of no more use.
    virtual bool reaches_store() = 0;
    // What it keeps to be quicker (pages of the file); of a connection that rests for long, it
    // would grow with the store. Not while rows are read.
    virtual void give_back_memory() noexcept {}

    std::unique_ptr<Rows> query(std::string_view sql, std::initializer_list<base::Value> values) {
        return query(sql, std::span(values.begin(), values.size()));
    }
    std::int64_t execute(std::string_view sql, std::initializer_list<base::Value> values) {
        return execute(sql, std::span(values.begin(), values.size()));
    }
};

enum class Reads { Newest, Snapshot };

// Rolls back unless commit() was called. SQLite takes the write lock at once (BEGIN IMMEDIATE).
class Transaction {
  public:
    explicit Transaction(Connection& connection, Reads reads = Reads::Newest)
        : connection_(connection) {
        reads == Reads::Snapshot ? connection_.begin_snapshot() : connection_.begin();
    }
    ~Transaction() {
        if (!done_) {
            connection_.rollback();
        }
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit() {
        connection_.commit();
        done_ = true;
    }

  private:
    Connection& connection_;
    bool done_ = false;
};

}  // namespace hrbridge::store::sql
