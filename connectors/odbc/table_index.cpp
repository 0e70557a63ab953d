#include "connectors/odbc/table_index.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>

#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

// nullopt when the source refuses the query.
std::optional<TextRows> try_to_ask(Session& session, const Sql& query) {
    try {
        Statement statement(*session.connection);
        statement.prepare(query);
        statement.execute();
        return statement.all_rows();
    } catch (const base::ConnectorError& error) {
        if (error.remedy() == base::Remedy::Retry) {
            throw;
        }
        return std::nullopt;
    }
}

TextRows first_answer(Session& session,
                      const std::vector<std::string>& alternatives,
                      const std::vector<Parameter>& parameters) {
    for (const std::string& query : alternatives) {
        if (auto rows = try_to_ask(session, {query, parameters})) {
            return std::move(*rows);
        }
    }
    return {};
}

std::string text_at(const std::vector<std::optional<std::string>>& row, std::size_t at) {
    return at < row.size() ? row[at].value_or("") : "";
}

std::optional<std::size_t> column_of(Statement& statement, std::string_view name) {
    for (int number = 1; number <= statement.column_count(); ++number) {
        if (base::same_name(statement.describe(number).name, name)) {
            return static_cast<std::size_t>(number) - 1;
        }
    }
    return std::nullopt;
}

}  // namespace

std::vector<TableIndex> sorted_indexes(Session& session, const BaseColumn& column) {
    const Dialect& dialect = session.dialect;
    const std::vector<Parameter> table{
        {dialect.schemas_are_catalogs ? column.catalog : column.schema}, {column.table}};
    std::map<std::string, std::vector<std::string>> columns;
    std::map<std::string, bool> sorted;
    for (const auto& row : first_answer(session, dialect.index_queries, table)) {
        columns[text_at(row, 0)].push_back(text_at(row, 1));
        sorted.try_emplace(text_at(row, 0), true).first->second &= text_at(row, 2) == "1";
    }
    std::vector<std::string> behind;
    if (!columns.empty() && !first_answer(session, {dialect.key_behind_query}, table).empty()) {
        behind = columns[dialect.primary_index];
    }
    std::vector<TableIndex> indexes;
    for (auto& [name, own] : columns) {
        if (!sorted[name]) {
            continue;
        }
        for (const std::string& each : behind) {
            if (std::find(own.begin(), own.end(), each) == own.end()) {
                own.push_back(each);
            }
        }
        indexes.push_back({name, own});
    }
    return indexes;
}

std::string chosen_index(Session& session, const Sql& query, const std::string& table) {
    if (session.dialect.explain.empty()) {
        return "";
    }
    try {
        Statement statement(*session.connection);
        statement.prepare({session.dialect.explain + query.text, query.parameters});
        statement.execute();
        const auto of = column_of(statement, "table");
        const auto key = column_of(statement, "key");
        for (const auto& row : statement.all_rows()) {
            if (of && key && base::same_name(text_at(row, *of), table)) {
                return text_at(row, *key);
            }
        }
    } catch (const base::ConnectorError& error) {
        if (error.remedy() == base::Remedy::Retry) {
            throw;
        }
    }
    return "";
}

bool run_if_it_can(Session& session, const std::string& statement) {
    try {
        Statement(*session.connection).run(statement);
        return true;
    } catch (const base::ConnectorError& error) {
        if (error.remedy() == base::Remedy::Retry) {
            throw;
        }
        return false;
    }
}

}  // namespace hrbridge::odbc
