#include "connectors/odbc/catalog.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "connectors/odbc/fetcher.h"
#include "connectors/odbc/layout.h"
#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

using Row = std::vector<std::optional<std::string>>;

std::vector<SQLCHAR> c_text(std::string_view text) {
    std::vector<SQLCHAR> bytes(text.begin(), text.end());
    bytes.push_back(0);
    return bytes;
}

// A table's name in the parts that the catalogue calls want. "hr.person" has a schema, or a catalog
// where the database takes them for the same.
class TableName {
  public:
    TableName(Session& session, const std::string& name) {
        const std::size_t dot = name.find('.');
        table_ = c_text(dot == std::string::npos ? name : name.substr(dot + 1));
        const std::string owner = dot == std::string::npos ? "" : name.substr(0, dot);
        if (session.dialect.schemas_are_catalogs) {
            catalog_ = c_text(owner.empty() ? current_database(session) : owner);
        } else if (!owner.empty()) {
            schema_ = c_text(owner);
        }
    }

    TableRef ref() { return {pointer(catalog_), pointer(schema_), pointer(table_)}; }

    static std::string current_database(Session& session) {
        return session.connection->info_text(SQL_DATABASE_NAME);
    }

  private:
    static SQLCHAR* pointer(std::vector<SQLCHAR>& text) {
        return text.empty() ? nullptr : text.data();
    }

    std::vector<SQLCHAR> catalog_;
    std::vector<SQLCHAR> schema_;
    std::vector<SQLCHAR> table_;
};

std::string at(const Row& row, std::size_t column) {
    return column < row.size() ? row[column].value_or("") : "";
}

// Position within the key → column.
using Ordered = std::map<int, std::string>;

int to_int(const std::string& text) {
    int value = 0;
    for (const char digit : text) {
        value = digit >= '0' && digit <= '9' ? (value * 10) + (digit - '0') : value;
    }
    return value;
}

std::vector<std::string> names_of(const Ordered& columns) {
    std::vector<std::string> names;
    for (const auto& [place, name] : columns) {
        names.push_back(name);
    }
    return names;
}

std::vector<std::string> primary_key(Session& session, TableName& name) {
    Statement statement(*session.connection);
    session.connection->check(
        session.connection->api().primary_keys(statement.handle(), name.ref()),
        SQL_HANDLE_STMT,
        statement.handle(),
        "asking for the primary key");
    Ordered columns;
    for (const Row& row : statement.all_rows()) {
        columns[to_int(at(row, 4))] = at(row, 3);  // KEY_SEQ, COLUMN_NAME
    }
    return names_of(columns);
}

using Indexes = std::map<std::string, Ordered>;

Indexes unique_indexes(Session& session, TableName& name) {
    Statement statement(*session.connection);
    session.connection->check(session.connection->api().statistics(statement.handle(), name.ref()),
                              SQL_HANDLE_STMT,
                              statement.handle(),
                              "asking for the indexes");
    Indexes indexes;
    for (const Row& row : statement.all_rows()) {
        const bool unique = at(row, 3) == "0";  // NON_UNIQUE
        if (unique && !at(row, 5).empty() && !at(row, 8).empty()) {
            indexes[at(row, 5)][to_int(at(row, 7))] = at(row, 8);
        }
    }
    return indexes;
}

// A unique index lets many rows have NULL.
bool has_nullable(const Ordered& columns, const std::vector<base::DescribedColumn>& described) {
    return std::any_of(columns.begin(), columns.end(), [&described](const auto& column) {
        return std::any_of(
            described.begin(), described.end(), [&column](const base::DescribedColumn& known) {
                return known.name == column.second && known.nullable;
            });
    });
}

// MariaDB's and SQLite's drivers number a primary key's columns as they stand in the table; paging
// needs the index's order.
std::vector<std::string> in_index_order(const std::vector<std::string>& key,
                                        const Indexes& indexes) {
    for (const auto& [index, columns] : indexes) {
        std::vector<std::string> names = names_of(columns);
        if (std::is_permutation(names.begin(), names.end(), key.begin(), key.end())) {
            return names;
        }
    }
    return key;
}

std::vector<std::string> smallest(Indexes indexes,
                                  const Dialect& dialect,
                                  const std::vector<base::DescribedColumn>& described) {
    if (dialect.exact_sizes) {
        std::erase_if(indexes, [&described](const auto& index) {
            return has_nullable(index.second, described);
        });
    }
    const auto best =
        std::min_element(indexes.begin(), indexes.end(), [](const auto& left, const auto& right) {
            return left.second.size() < right.second.size();
        });
    return best == indexes.end() ? std::vector<std::string>() : names_of(best->second);
}

}  // namespace

std::vector<std::string> list_tables(Session& session) {
    Statement statement(*session.connection);
    std::vector<SQLCHAR> types = c_text("TABLE,VIEW");
    const bool by_catalog = session.dialect.schemas_are_catalogs;
    std::vector<SQLCHAR> catalog =
        c_text(by_catalog ? TableName::current_database(session) : std::string());
    const TableRef all{by_catalog ? catalog.data() : nullptr, nullptr, nullptr};
    session.connection->check(
        session.connection->api().tables(statement.handle(), all, types.data()),
        SQL_HANDLE_STMT,
        statement.handle(),
        "asking for the tables");
    std::vector<std::string> names;
    for (const Row& row : statement.all_rows()) {
        const std::string schema = at(row, 1);
        const std::string table = at(row, 2);
        names.push_back(schema.empty() ? table : fmt::format("{}.{}", schema, table));
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<base::DescribedColumn> describe_table(Session& session, const std::string& table) {
    Statement statement(*session.connection);
    statement.prepare(
        {fmt::format("SELECT * FROM {} WHERE 1=0", quote_name(session.dialect, table)), {}});
    if (statement.column_count() == 0) {
        statement.execute();
    }
    std::vector<base::DescribedColumn> columns;
    for (const ColumnPlan& plan : plan_layout(statement, session.dialect).columns) {
        columns.push_back(described_column(plan.described));
    }
    return columns;
}

std::vector<std::string> key_columns(Session& session, const std::string& table) {
    TableName name(session, table);
    const std::vector<std::string> primary = primary_key(session, name);
    Indexes indexes = unique_indexes(session, name);
    if (!primary.empty()) {
        return in_index_order(primary, indexes);
    }
    return smallest(std::move(indexes), session.dialect, describe_table(session, table));
}

base::RawBlock sample_table(Session& session, const std::string& table, std::size_t rows) {
    const std::string order =
        session.dialect.name == "sqlserver" ? " ORDER BY (SELECT NULL)" : std::string();
    const std::string limit = limit_clause(session.dialect, static_cast<std::int64_t>(rows));
    Statement statement(*session.connection);
    statement.prepare(
        {fmt::format("SELECT * FROM {}{}{}", quote_name(session.dialect, table), order, limit),
         {}});
    statement.execute();
    const Layout layout = plan_layout(statement, session.dialect);
    base::RawBlock block;
    make_fetcher(layout)->fetch(statement, block, {rows, std::size_t{32} << 20U});
    return block;
}

}  // namespace hrbridge::odbc
