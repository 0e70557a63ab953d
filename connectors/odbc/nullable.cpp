#include "connectors/odbc/nullable.h"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace hrbridge::odbc {
namespace {

std::set<std::string> nullable_columns(Session& session, const BaseColumn& of) {
    Statement query(*session.connection);
    query.prepare({session.dialect.nullable_query, {{of.schema}, {of.table}}});
    query.execute();
    std::set<std::string> names;
    for (const auto& row : query.all_rows()) {
        names.insert(row.empty() ? "" : row.front().value_or(""));
    }
    return names;
}

}  // namespace

void mark_nullable(Session& session, Statement& statement, Layout& layout) {
    if (session.dialect.nullable_query.empty()) {
        return;
    }
    std::map<std::pair<std::string, std::string>, std::set<std::string>> of_tables;
    int number = 0;
    for (ColumnPlan& plan : layout.columns) {
        const BaseColumn base = statement.base_of(++number);
        if (base.table.empty() || base.column.empty()) {
            continue;
        }
        const auto [known, is_new] = of_tables.try_emplace({base.schema, base.table});
        if (is_new) {
            known->second = nullable_columns(session, base);
        }
        plan.described.may_be_null = known->second.contains(base.column);
    }
}

}  // namespace hrbridge::odbc
