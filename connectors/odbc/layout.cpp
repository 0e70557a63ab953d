#include "connectors/odbc/layout.h"

#include <algorithm>
#include <array>
#include <string>

#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

constexpr std::size_t kLongBytes = 4096;
// Drivers give a default precision for numbers without one; the widest exact number that a database
// of ours writes for a declared one has 65 digits.
constexpr std::size_t kNumberRoom = 128;

bool is_text_type(SQLSMALLINT type) {
    return type == SQL_CHAR || type == SQL_VARCHAR || type == SQL_WCHAR || type == SQL_WVARCHAR;
}

bool is_long_type(SQLSMALLINT type) {
    return type == SQL_LONGVARCHAR || type == SQL_WLONGVARCHAR || type == SQL_LONGVARBINARY;
}

bool is_bounded_type(SQLSMALLINT type) {
    constexpr std::array<SQLSMALLINT, 5> kOthers{
        SQL_BIT, SQL_TYPE_DATE, SQL_TYPE_TIME, SQL_TYPE_TIMESTAMP, SQL_GUID};
    return is_number_type(type) || is_float_type(type) ||
           std::find(kOthers.begin(), kOthers.end(), type) != kOthers.end();
}

// What a bound cell needs, 0 when no bound is known.
std::size_t room_of(const ResultColumn& column) {
    const auto display = static_cast<std::size_t>(std::max<std::int64_t>(column.display, 0));
    if (is_long_type(column.sql_type)) {
        return 0;
    }
    if (is_bounded_type(column.sql_type)) {
        return std::max({kNumberRoom, display + 2, column.size + 4});
    }
    if (column.size == 0 || column.size > kLongBytes) {
        return 0;
    }
    if (is_binary_type(column.sql_type)) {
        return column.size;
    }
    // A character takes up to four bytes, and the text ends in a zero byte.
    return is_text_type(column.sql_type) ? (column.size * 4) + 1 : 0;
}

}  // namespace

bool is_number_type(SQLSMALLINT type) {
    return is_whole_type(type) || type == SQL_DECIMAL || type == SQL_NUMERIC;
}

bool is_whole_type(SQLSMALLINT type) {
    return type == SQL_TINYINT || type == SQL_SMALLINT || type == SQL_INTEGER || type == SQL_BIGINT;
}

bool is_binary_type(SQLSMALLINT type) {
    return type == SQL_BINARY || type == SQL_VARBINARY || type == SQL_LONGVARBINARY;
}

bool is_float_type(SQLSMALLINT type) {
    return type == SQL_REAL || type == SQL_DOUBLE || type == SQL_FLOAT;
}

bool Layout::by_row() const {
    return std::any_of(
        columns.begin(), columns.end(), [](const ColumnPlan& plan) { return plan.is_long(); });
}

std::size_t Layout::row_bytes() const {
    std::size_t bytes = 0;
    for (const ColumnPlan& plan : columns) {
        bytes += plan.room + sizeof(SQLLEN);
    }
    return bytes;
}

Layout plan_layout(Statement& statement, const Dialect& dialect) {
    Layout layout;
    const bool any_column = statement.connection().reads_long_anywhere();
    bool seen_long = false;
    const int count = statement.column_count();
    for (int number = 1; number <= count; ++number) {
        ColumnPlan plan;
        plan.described = statement.describe(number);
        if (plan.described.size == dialect.unknown_size) {
            plan.described.size = 0;
        }
        plan.described.exact = dialect.exact_sizes;
        if (dialect.tells_tables) {
            const BaseColumn base = statement.base_of(number);
            plan.described.of_table = !base.table.empty() && !base.column.empty();
            plan.described.may_be_null =
                dialect.tells_null && plan.described.of_table && plan.described.nullable;
        }
        if (!dialect.exact_sizes && !is_text_type(plan.described.sql_type)) {
            // The driver makes these up from the type's name.
            plan.described.size = 0;
            plan.described.scale = 0;
        }
        plan.c_type = is_binary_type(plan.described.sql_type) ? SQL_C_BINARY : SQL_C_CHAR;
        const std::size_t room = room_of(plan.described);
        const bool bound = dialect.exact_sizes && room > 0 && room <= kLongBytes * 4 + 1 &&
                           (any_column || !seen_long);
        plan.room = bound ? room : 0;
        seen_long = seen_long || plan.is_long();
        layout.columns.push_back(std::move(plan));
    }
    return layout;
}

std::optional<std::size_t> index_of(const Layout& layout, std::string_view name) {
    const auto found =
        std::find_if(layout.columns.begin(), layout.columns.end(), [name](const ColumnPlan& plan) {
            return base::same_name(plan.described.name, name);
        });
    return found == layout.columns.end()
               ? std::nullopt
               : std::optional(static_cast<std::size_t>(found - layout.columns.begin()));
}

base::DescribedColumn described_column(const ResultColumn& column) {
    std::string type = base::to_lower_ascii(column.type);
    type.resize(std::min(type.find('('), type.size()));
    for (const std::string_view ending : {" zerofill", " unsigned", " identity"}) {
        type.resize(std::min(type.find(ending), type.size()));
    }
    base::DescribedColumn out;
    out.name = column.name;
    out.type = base::trim(type);
    out.size = static_cast<std::int64_t>(is_long_type(column.sql_type) ? 0 : column.size);
    out.scale = column.scale;
    out.nullable = column.nullable;
    out.exact = column.exact;
    out.of_table = column.of_table;
    out.may_be_null = column.may_be_null;
    out.is_unsigned = column.is_unsigned;
    return out;
}

}  // namespace hrbridge::odbc
