#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/odbc/api.h"
#include "connectors/odbc/diagnostics.h"

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

// A session with a source. Not thread-safe. Everything that fails throws base::ConnectorError with
// all diagnostic records.
class Connection {
  public:
    // `source` names it in errors; `password` is blotted out of what drivers say.
    Connection(Api& api, std::string source, base::Secret password);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    // Rolls back and disconnects.
    ~Connection();

    void open(const base::Secret& connection_string, std::int64_t login_timeout_s);
    void close() noexcept;
    void set_manual_commit();

    std::string info_text(SQLUSMALLINT what);
    std::uint32_t info_bits(SQLUSMALLINT what);

    Api& api() { return *api_; }
    SQLHDBC handle() const { return dbc_.get(); }
    const std::string& source() const { return source_; }

    // Throws unless the call succeeded; keeps the records of a success with information. `doing`
    // tells what was tried ("reading a row").
    void check(SQLRETURN code, SQLSMALLINT type, SQLHANDLE handle, std::string_view doing);
    // A failure that the connector itself found, such as a cut value.
    [[noreturn]] void fail(std::string code, base::Remedy remedy, const std::string& what) const;
    // What drivers said beside successes: codes only, each once, at most 32.
    const std::vector<std::string>& notices() const { return notices_; }

  private:
    void keep(const Diagnostics& records);

    Api* api_;
    std::string source_;
    base::Secret password_;
    Environment env_;
    Handle dbc_;
    bool open_ = false;
    std::vector<std::string> notices_;
};

// A parameter: bytes bound as text or as binary.
struct Parameter {
    std::string bytes;
    bool binary = false;

    friend bool operator==(const Parameter&, const Parameter&) = default;
};

// SQL with its parameters, one for each "?".
struct Sql {
    std::string text;
    std::vector<Parameter> parameters;
};

// A result column as the driver describes it.
struct ResultColumn {
    std::string name;
    std::string type;  // TYPE_NAME as given
    SQLSMALLINT sql_type = 0;
    std::uint64_t size = 0;    // 0: unknown
    std::int64_t display = 0;  // characters of its text form; 0: unknown
    int scale = 0;
    bool nullable = true;
};

// Where a result column comes from, as far as the driver knows; parts may be empty.
struct BaseColumn {
    std::string catalog;
    std::string schema;
    std::string table;
    std::string column;
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

class Statement {
  public:
    explicit Statement(Connection& connection);

    // False when the driver does not know the attribute.
    bool try_set(SQLINTEGER attribute, std::uint64_t value);
    void set_pointer(SQLINTEGER attribute, SQLPOINTER value);

    void prepare(const Sql& sql);
    void execute();
    void run(std::string_view sql);  // without parameters, at once

    // 0 before the driver knows.
    int column_count();
    ResultColumn describe(int column);  // 1-based
    BaseColumn base_of(int column);     // 1-based
    void bind(int column, SQLSMALLINT c_type, const CellBuffer& buffer);
    // False behind the last row. A driver's own notice of a cut value is an error.
    bool fetch();
    // Reads on in a long cell. `room` is the buffer's size.
    Piece get_data(int column, SQLSMALLINT c_type, char* buffer, std::size_t room);
    // A whole cell into `out`; false for NULL.
    bool read_cell(int column, SQLSMALLINT c_type, std::string& out);
    // Forgets result and bindings.
    void reset() noexcept;
    // From any thread, while another one waits in execute() or fetch().
    void cancel() noexcept;

    // All rows of a catalogue call or a short query, as text.
    std::vector<std::vector<std::optional<std::string>>> all_rows();

    SQLHSTMT handle() const { return stmt_.get(); }
    Connection& connection() const { return *connection_; }

  private:
    void check(SQLRETURN code, std::string_view doing);

    Connection* connection_;
    Handle stmt_;
    std::deque<Parameter> parameters_;  // the driver reads them until execute() returns
    std::deque<SQLLEN> parameter_lengths_;
    bool done_ = false;        // behind the last row; drivers disagree on what fetching then does
    std::vector<char> piece_;  // room for one piece of a long cell
};

}  // namespace hrbridge::odbc
