#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/odbc/cursor.h"
#include "connectors/source_meter.h"
#include "daemon/base/error.h"

namespace hrbridge::odbc {

// A table in the parts that catalogues know it by; an empty part means "any".
struct TableName {
    std::string catalog;
    std::string schema;
    std::string table;
};

// A column of a key or an index.
struct IndexColumn {
    std::string index;  // empty: the primary key
    int place = 0;      // within it
    std::string column;
};

// A session with a source, by whatever client library. Not thread-safe. Everything that fails
// throws base::ConnectorError.
class Connection {
  public:
    // `source` names it in errors.
    explicit Connection(std::string source) : source_(std::move(source)) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    // Rolls back and disconnects.
    virtual ~Connection() = default;

    virtual std::unique_ptr<Cursor> cursor() = 0;
    // Only where a dialect asks for it.
    virtual void set_manual_commit();
    // False when long cells are read only behind all bound ones.
    virtual bool reads_long_anywhere() { return true; }

    virtual std::string current_database() = 0;
    // Tables and views of a catalogue; empty: of all.
    virtual std::vector<TableName> tables(const std::string& catalog) = 0;
    virtual std::vector<IndexColumn> primary_key(const TableName& table) = 0;
    virtual std::vector<IndexColumn> unique_indexes(const TableName& table) = 0;

    const std::string& source() const { return source_; }
    // A failure that the connector itself found, such as a cut value.
    [[noreturn]] void fail(std::string code, base::Remedy remedy, const std::string& what) const;
    // Has the time of all later statements measured.
    void measure_by(std::shared_ptr<connectors::SourceMeter> meter) { meter_ = std::move(meter); }
    void statement_took(std::chrono::nanoseconds time) {
        if (meter_) {
            meter_->statement_took(time);
        }
    }
    // What the library said beside successes: codes only, each once, at most 32.
    const std::vector<std::string>& notices() const { return notices_; }

  protected:
    void note(const std::string& code);

  private:
    std::string source_;
    std::vector<std::string> notices_;
    std::shared_ptr<connectors::SourceMeter> meter_;
};

using TextRows = std::vector<std::vector<std::optional<std::string>>>;

// A cursor of a connection; the connection is told how long each of its statements took.
class Statement {
  public:
    explicit Statement(Connection& connection)
        : connection_(&connection), cursor_(connection.cursor()) {}
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement() { done(); }

    void prepare(const Sql& sql) { cursor_->prepare(sql); }
    void execute() {
        begin();
        cursor_->execute();
    }
    void run(std::string_view sql) {
        begin();
        cursor_->run(sql);
    }
    // Its last row was taken, or no more of them are wanted.
    void done() noexcept;
    int column_count() { return cursor_->column_count(); }
    ResultColumn describe(int column) { return cursor_->describe(column); }
    BaseColumn base_of(int column) { return cursor_->base_of(column); }
    std::unique_ptr<Fetcher> fetcher(const Layout& layout) { return cursor_->fetcher(layout); }
    void reset() noexcept {
        done();
        cursor_->reset();
    }
    void cancel() noexcept { cursor_->cancel(); }

    // All rows of a catalogue call or a short query, as text.
    TextRows all_rows();

    Connection& connection() const { return *connection_; }

  private:
    void begin() noexcept;

    Connection* connection_;
    std::unique_ptr<Cursor> cursor_;
    std::optional<std::chrono::steady_clock::time_point> begun_;
};

// All rows that `cursor` still has, as text.
TextRows all_rows(Cursor& cursor);

}  // namespace hrbridge::odbc
