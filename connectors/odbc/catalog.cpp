#include "connectors/odbc/catalog.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "connectors/odbc/layout.h"
#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

// "hr.person" has a schema, or a catalog where the database takes them for the same.
TableName table_name(Session& session, const std::string& name) {
    const std::size_t dot = name.find('.');
    const std::string table = dot == std::string::npos ? name : name.substr(dot + 1);
    const std::string owner = dot == std::string::npos ? "" : name.substr(0, dot);
    if (session.dialect.schemas_are_catalogs) {
        return {owner.empty() ? session.connection->current_database() : owner, "", table};
    }
    return {"", owner, table};
}

// Position within the key → column.
using Ordered = std::map<int, std::string>;

std::vector<std::string> names_of(const Ordered& columns) {
    std::vector<std::string> names;
    for (const auto& [place, name] : columns) {
        names.push_back(name);
    }
    return names;
}

using Indexes = std::map<std::string, Ordered>;

Indexes by_index(const std::vector<IndexColumn>& columns) {
    Indexes indexes;
    for (const IndexColumn& each : columns) {
        indexes[each.index][each.place] = each.column;
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
    const bool by_catalog = session.dialect.schemas_are_catalogs;
    std::vector<std::string> names;
    for (const TableName& each : session.connection->tables(
             by_catalog ? session.connection->current_database() : std::string())) {
        names.push_back(each.schema.empty() ? each.table
                                            : fmt::format("{}.{}", each.schema, each.table));
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
    const TableName name = table_name(session, table);
    std::vector<std::string> primary;
    for (const auto& [index, columns] : by_index(session.connection->primary_key(name))) {
        primary = names_of(columns);
    }
    Indexes indexes = by_index(session.connection->unique_indexes(name));
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
    statement.fetcher(layout)->fetch(block, {rows, std::size_t{32} << 20U});
    return block;
}

}  // namespace hrbridge::odbc
