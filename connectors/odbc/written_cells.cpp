#include "connectors/odbc/written_cells.h"

#include <set>
#include <string_view>

#include <fmt/format.h>

namespace hrbridge::odbc {
namespace {

bool has_names_of_their_own(const Layout& layout) {
    std::set<std::string_view> names;
    for (const ColumnPlan& plan : layout.columns) {
        if (plan.described.name.empty() || !names.insert(plan.described.name).second) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string select_written(const Dialect& dialect, const Layout& layout) {
    if (dialect.written_by_database == nullptr || !has_names_of_their_own(layout)) {
        return "";
    }
    std::string list;
    bool any = false;
    for (const ColumnPlan& plan : layout.columns) {
        const std::string column = quote_identifier(dialect, plan.described.name);
        const std::string_view form =
            dialect.written_by_database(described_column(plan.described).type);
        list += list.empty() ? "SELECT " : ", ";
        list += form.empty() ? column : fmt::format(fmt::runtime(form), column) + " AS " + column;
        any = any || !form.empty();
    }
    return any ? list : "";
}

}  // namespace hrbridge::odbc
