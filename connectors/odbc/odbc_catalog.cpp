#include <optional>
#include <string>
#include <vector>

#include "connectors/odbc/handle.h"

namespace hrbridge::odbc {
namespace {

using Row = std::vector<std::optional<std::string>>;

std::vector<SQLCHAR> c_text(std::string_view text) {
    std::vector<SQLCHAR> bytes(text.begin(), text.end());
    bytes.push_back(0);
    return bytes;
}

// A name as the catalogue calls take it: a null part means "any".
class NameBytes {
  public:
    explicit NameBytes(const TableName& name)
        : catalog_(c_text(name.catalog)),
          schema_(c_text(name.schema)),
          table_(c_text(name.table)) {}

    TableRef ref() { return {pointer(catalog_), pointer(schema_), pointer(table_)}; }

  private:
    static SQLCHAR* pointer(std::vector<SQLCHAR>& text) {
        return text.size() == 1 ? nullptr : text.data();
    }

    std::vector<SQLCHAR> catalog_;
    std::vector<SQLCHAR> schema_;
    std::vector<SQLCHAR> table_;
};

std::string at(const Row& row, std::size_t column) {
    return column < row.size() ? row[column].value_or("") : "";
}

int to_int(const std::string& text) {
    int value = 0;
    for (const char digit : text) {
        value = digit >= '0' && digit <= '9' ? (value * 10) + (digit - '0') : value;
    }
    return value;
}

}  // namespace

std::string OdbcConnection::current_database() {
    return info_text(SQL_DATABASE_NAME);
}

std::vector<TableName> OdbcConnection::tables(const std::string& catalog) {
    OdbcCursor statement(*this);
    std::vector<SQLCHAR> types = c_text("TABLE,VIEW");
    NameBytes all({catalog, "", ""});
    statement.check(api().tables(statement.handle(), all.ref(), types.data()),
                    "asking for the tables");
    std::vector<TableName> names;
    for (const Row& row : all_rows(statement)) {
        names.push_back({at(row, 0), at(row, 1), at(row, 2)});
    }
    return names;
}

std::vector<IndexColumn> OdbcConnection::primary_key(const TableName& table) {
    OdbcCursor statement(*this);
    NameBytes name(table);
    statement.check(api().primary_keys(statement.handle(), name.ref()),
                    "asking for the primary key");
    std::vector<IndexColumn> columns;
    for (const Row& row : all_rows(statement)) {
        columns.push_back({"", to_int(at(row, 4)), at(row, 3)});  // KEY_SEQ, COLUMN_NAME
    }
    return columns;
}

std::vector<IndexColumn> OdbcConnection::unique_indexes(const TableName& table) {
    OdbcCursor statement(*this);
    NameBytes name(table);
    statement.check(api().statistics(statement.handle(), name.ref()), "asking for the indexes");
    std::vector<IndexColumn> columns;
    for (const Row& row : all_rows(statement)) {
        const bool unique = at(row, 3) == "0";  // NON_UNIQUE
        if (unique && !at(row, 5).empty() && !at(row, 8).empty()) {
            columns.push_back({at(row, 5), to_int(at(row, 7)), at(row, 8)});
        }
    }
    return columns;
}

}  // namespace hrbridge::odbc
