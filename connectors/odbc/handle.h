#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/odbc/api.h"
#include "connectors/odbc/connection.h"
#include "connectors/odbc/diagnostics.h"
#include "connectors/odbc/watchdog.h"

namespace hrbridge::odbc {

// One ODBC handle: allocated here, freed in the destructor.
class Handle {
  public:
    // Throws ConnectorError (Stop) when there is no memory or no driver manager.
    Handle(Api& api, SQLSMALLINT type, SQLHANDLE parent);
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle();

    SQLHANDLE get() const { return handle_; }

  private:
    Api* api_;
    SQLSMALLINT type_;
    SQLHANDLE handle_ = SQL_NULL_HANDLE;
};

// An ODBC 3 environment.
class Environment {
  public:
    explicit Environment(Api& api);
    SQLHENV get() const { return handle_.get(); }

  private:
    Handle handle_;
};

// A session by an ODBC driver. Errors hold all diagnostic records.
class OdbcConnection final : public Connection {
  public:
    // `password` is blotted out of what drivers say.
    OdbcConnection(Api& api, std::string source, base::Secret password);
    OdbcConnection(const OdbcConnection&) = delete;
    OdbcConnection& operator=(const OdbcConnection&) = delete;
    ~OdbcConnection() override;

    void open(const base::Secret& connection_string, std::int64_t login_timeout_s);
    void close() noexcept;
    // Has the driver end each later statement that takes longer, and cancels one that it does not
    // end; 0: never.
    void limit_statements(std::int64_t seconds);
    std::int64_t statement_seconds() const { return statement_seconds_; }
    // What ends a statement under way in place of the driver's SQLCancel. Called in any thread.
    void cancel_by(std::function<void()> end) { end_statement_ = std::move(end); }
    void cancel(SQLHSTMT statement) noexcept;
    // There when statements are limited.
    Watchdog* watchdog() { return watchdog_ ? &*watchdog_ : nullptr; }

    std::unique_ptr<Cursor> cursor() override;
    void set_manual_commit() override;
    bool reads_long_anywhere() override;
    std::string current_database() override;
    std::vector<TableName> tables(const std::string& catalog) override;
    std::vector<IndexColumn> primary_key(const TableName& table) override;
    std::vector<IndexColumn> unique_indexes(const TableName& table) override;

    std::string info_text(SQLUSMALLINT what);
    std::uint32_t info_bits(SQLUSMALLINT what);

    Api& api() { return *api_; }
    SQLHDBC handle() const { return dbc_.get(); }

    // Throws unless the call succeeded; keeps the records of a success with information. `doing`
    // tells what was tried ("reading a row").
    void check(SQLRETURN code, SQLSMALLINT type, SQLHANDLE handle, std::string_view doing);

  private:
    Api* api_;
    base::Secret password_;
    Environment env_;
    Handle dbc_;
    bool open_ = false;
    std::int64_t statement_seconds_ = 0;
    std::optional<Watchdog> watchdog_;
    std::function<void()> end_statement_;
};

// Where the driver writes the cells of a column, one each `room` bytes, and their lengths.
struct CellBuffer {
    SQLPOINTER data = nullptr;
    SQLLEN room = 0;
    SQLLEN* lengths = nullptr;
};

// One piece of a long cell.
struct Piece {
    bool null = false;
    bool last = false;
    std::size_t bytes = 0;  // written to the buffer
};

// A statement handle of an ODBC driver.
class OdbcCursor final : public Cursor {
  public:
    explicit OdbcCursor(OdbcConnection& connection);

    void prepare(const Sql& sql) override;
    void execute() override;
    void run(std::string_view sql) override;
    int column_count() override;
    ResultColumn describe(int column) override;
    BaseColumn base_of(int column) override;
    std::unique_ptr<Fetcher> fetcher(const Layout& layout) override;
    void reset() noexcept override;
    void cancel() noexcept override;

    // False when the driver does not know the attribute.
    bool try_set(SQLINTEGER attribute, std::uint64_t value);
    void set_pointer(SQLINTEGER attribute, SQLPOINTER value);
    void bind(int column, SQLSMALLINT c_type, const CellBuffer& buffer);
    // False behind the last row. A driver's own notice of a cut value is an error.
    bool fetch();
    // Reads on in a long cell. `room` is the buffer's size.
    Piece get_data(int column, SQLSMALLINT c_type, char* buffer, std::size_t room);
    // A whole cell into `out`; false for NULL.
    bool read_cell(int column, SQLSMALLINT c_type, std::string& out);

    SQLHSTMT handle() const { return stmt_.get(); }
    OdbcConnection& connection() const { return *connection_; }
    // Of a call of ODBC on handle().
    void check(SQLRETURN code, std::string_view doing);

  private:
    // A call in which the source works, ended when it takes too long.
    template <typename Call>
    SQLRETURN watched(Call call);

    OdbcConnection* connection_;
    Handle stmt_;
    std::deque<Parameter> parameters_;  // the driver reads them until execute() returns
    std::deque<SQLLEN> parameter_lengths_;
    bool done_ = false;        // behind the last row; drivers disagree on what fetching then does
    std::vector<char> piece_;  // room for one piece of a long cell
};

}  // namespace hrbridge::odbc
