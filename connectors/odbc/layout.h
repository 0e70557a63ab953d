#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "connectors/odbc/connection.h"
#include "connectors/odbc/dialect.h"
#include "daemon/base/raw_block.h"

namespace hrbridge::odbc {

// How one result column is fetched.
struct ColumnPlan {
    ResultColumn described;
    SQLSMALLINT c_type = SQL_C_CHAR;  // SQL_C_BINARY for binary columns
    std::size_t room = 0;             // bytes of a bound cell; 0: long, goes by SQLGetData

    bool is_long() const { return room == 0; }
};

struct Layout {
    std::vector<ColumnPlan> columns;

    // A long column makes rows be fetched one at a time.
    bool by_row() const;
    // Room of one bound row.
    std::size_t row_bytes() const;
};

// A column longer than 4 KiB or of unknown size is long, and so is every column where the dialect
// does not trust declared sizes. Where the driver reads long columns only behind the bound ones,
// all columns behind a long one are long.
Layout plan_layout(Statement& statement, const Dialect& dialect);

// Of the result's column of this name, whatever its letters' case; nullopt: it has none.
std::optional<std::size_t> index_of(const Layout& layout, std::string_view name);

// For drift checks: the type in lower case without size and sign ("int unsigned" → "int").
base::DescribedColumn described_column(const ResultColumn& column);

bool is_number_type(SQLSMALLINT sql_type);
bool is_whole_type(SQLSMALLINT sql_type);
bool is_binary_type(SQLSMALLINT sql_type);
bool is_float_type(SQLSMALLINT sql_type);

}  // namespace hrbridge::odbc
