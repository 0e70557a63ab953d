#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/odbc/cursor.h"
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
    // What the library said beside successes: codes only, each once, at most 32.
    const std::vector<std::string>& notices() const { return notices_; }

  protected:
    void note(const std::string& code);

  private:
    std::string source_;
    std::vector<std::string> notices_;
};

using TextRows = std::vector<std::vector<std::optional<std::string>>>;

// A cursor of a connection.
class Statement {
  public:
    explicit Statement(Connection& connection)
        : connection_(&connection), cursor_(connection.cursor()) {}

    void prepare(const Sql& sql) { cursor_->prepare(sql); }
    void execute() { cursor_->execute(); }
    void run(std::string_view sql) { cursor_->run(sql); }
    int column_count() { return cursor_->column_count(); }
    ResultColumn describe(int column) { return cursor_->describe(column); }
    BaseColumn base_of(int column) { return cursor_->base_of(column); }
    std::unique_ptr<Fetcher> fetcher(const Layout& layout) { return cursor_->fetcher(layout); }
    void reset() noexcept { cursor_->reset(); }
    void cancel() noexcept { cursor_->cancel(); }

    // All rows of a catalogue call or a short query, as text.
    TextRows all_rows();

    Connection& connection() const { return *connection_; }

  private:
    Connection* connection_;
    std::unique_ptr<Cursor> cursor_;
};

// All rows that `cursor` still has, as text.
TextRows all_rows(Cursor& cursor);

}  // namespace hrbridge::odbc
