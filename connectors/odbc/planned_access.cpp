#include "connectors/odbc/planned_access.h"

#include <cstddef>
#include <string_view>

#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

// Of a column of EXPLAIN, which has more of them in MySQL; behind all where there is none.
std::size_t column_of(Statement& statement, std::string_view name) {
    int number = 1;
    while (number <= statement.column_count() &&
           !base::same_name(statement.describe(number).name, name)) {
        ++number;
    }
    return static_cast<std::size_t>(number) - 1;
}

std::string text_at(const std::vector<std::optional<std::string>>& row, std::size_t at) {
    return at < row.size() ? row[at].value_or("") : "";
}

}  // namespace

// A connection that was lost is so for the next statement too.
std::optional<PlannedAccess> planned_access(Session& session,
                                            const Sql& query,
                                            const std::string& table) {
    if (session.dialect.explain.empty()) {
        return std::nullopt;
    }
    try {
        Statement statement(*session.connection);
        statement.prepare({session.dialect.explain + query.text, query.parameters});
        statement.execute();
        const std::size_t name = column_of(statement, "table");
        const std::size_t key = column_of(statement, "key");
        const std::size_t remark = column_of(statement, "extra");
        PlannedAccess access;
        int times = 0;
        for (const auto& row : statement.all_rows()) {
            const std::string extra = text_at(row, remark);
            access.sorts = access.sorts || extra.find("filesort") != std::string::npos ||
                           extra.find("temporary") != std::string::npos;
            if (text_at(row, name) == table) {
                access.index = text_at(row, key);
                ++times;
            }
        }
        return times == 1 ? std::optional(access) : std::nullopt;
    } catch (const base::ConnectorError&) {
        return std::nullopt;
    }
}

}  // namespace hrbridge::odbc
