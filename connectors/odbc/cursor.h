#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/odbc/api.h"
#include "daemon/base/raw_block.h"

namespace hrbridge::odbc {

struct Layout;

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

// A result column as the client library describes it.
struct ResultColumn {
    std::string name;
    std::string type;  // TYPE_NAME as given
    SQLSMALLINT sql_type = 0;
    std::uint64_t size = 0;    // 0: unknown
    std::int64_t display = 0;  // characters of its text form; 0: unknown
    int scale = 0;
    bool nullable = true;
    bool is_unsigned = false;  // a whole number, where the client library tells
    bool exact = false;        // the rest by plan_layout(), as in base::DescribedColumn
    bool of_table = false;
    bool may_be_null = false;  // also by the client library itself, or by mark_nullable()
};

// Where a result column comes from, as far as the client library knows; parts may be empty.
struct BaseColumn {
    std::string catalog;
    std::string schema;
    std::string table;
    std::string column;
    std::string alias = {};  // of the table in the query; its name where it has no other
};

struct BlockBounds {
    std::size_t rows = 2000;
    std::size_t bytes = 8U << 20U;
};

// A cell of so many bytes and more is moved into a block (RawColumn::set_long), not copied.
inline constexpr std::size_t kLongCell = std::size_t{2} << 20U;

// Moves rows from a cursor that was executed into a block. Lives no longer than its cursor.
class Fetcher {
  public:
    virtual ~Fetcher() = default;
    // Clears and fills `block`; false behind the last row. At least one row is taken, however wide.
    virtual bool fetch(base::RawBlock& block, const BlockBounds& bounds) = 0;
};

// One statement of one connection, by whatever client library. Everything that fails throws
// base::ConnectorError. Several of a connection may be in use at one time. Destroying one in the
// middle of its rows may end the connection; reset() does not.
class Cursor {
  public:
    virtual ~Cursor() = default;

    virtual void prepare(const Sql& sql) = 0;
    virtual void execute() = 0;
    virtual void run(std::string_view sql) = 0;  // without parameters, at once
    // 0 before the library knows.
    virtual int column_count() = 0;
    virtual ResultColumn describe(int column) = 0;  // 1-based
    virtual BaseColumn base_of(int column) = 0;     // 1-based
    // `layout` outlives the fetcher.
    virtual std::unique_ptr<Fetcher> fetcher(const Layout& layout) = 0;
    // Forgets result and bindings.
    virtual void reset() noexcept = 0;
    // From any thread, while another one waits in execute() or for rows.
    virtual void cancel() noexcept = 0;
};

}  // namespace hrbridge::odbc
