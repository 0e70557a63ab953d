#include "connectors/odbc/window_order.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <string_view>

#include "connectors/odbc/key_sql.h"
#include "connectors/odbc/planned_access.h"
#include "connectors/odbc/sql_scanner.h"
#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

// Of clocks that are set and set back, none is both within this.
constexpr std::chrono::days kStep{7};
// A TIMESTAMP holds none behind it, and windows of future rows have no end.
constexpr base::Timestamp kLast = std::chrono::sys_days(std::chrono::year(2107) / 1 / 1);

// Whether no time of day comes twice from a day before the window to a day behind it.
bool clocks_go_on(const std::string& zone_name, const connectors::Window& window) {
    const auto zone = base::Zone::find(zone_name);
    if (!zone) {
        return false;
    }
    const auto offset_at = [&zone](base::Timestamp instant) {
        return zone->to_local(instant).time_since_epoch() - instant.time_since_epoch();
    };
    const base::Timestamp end = std::min(window.to, kLast) + std::chrono::days(1);
    const auto offset = offset_at(end);
    for (auto at = *window.from - std::chrono::days(1); at < end; at += kStep) {
        if (offset_at(at) != offset) {
            return false;
        }
    }
    return true;
}

bool is_quoted(std::string_view piece) {
    return piece.size() > 2 && (piece.front() == '`' || piece.front() == '"');
}

bool is_of_a_name(std::string_view piece) {
    const auto letter = static_cast<unsigned char>(piece.front());
    return is_quoted(piece) || std::isalnum(letter) != 0 || letter == '_' || letter == '$' ||
           letter >= 0x80;
}

// {"t", "changed"} of "t.`changed`"; nothing of what is more than a name.
std::vector<std::string> name_parts(std::string_view sql) {
    std::vector<std::string> parts(1);
    SqlScanner scanner(sql);
    while (!scanner.at_end()) {
        const std::string_view piece = scanner.next();
        if (piece == ".") {
            parts.emplace_back();
        } else if (is_of_a_name(piece)) {
            parts.back() += is_quoted(piece) ? piece.substr(1, piece.size() - 2) : piece;
        } else {
            return {};
        }
    }
    return parts;
}

// Whether the SQL is the name of just that column: else rows are sorted by something else than the
// result shows. Of two names a source may take no other case for the same.
bool is_name_of(std::string_view sql, const BaseColumn& column) {
    const auto parts = name_parts(sql);
    const std::size_t count = parts.size();
    return count > 0 && count <= 3 && !column.table.empty() &&
           base::same_name(parts.back(), column.column) &&
           (count < 2 || parts[count - 2] == column.alias) &&
           (count < 3 || parts[0] == column.catalog);
}

bool is_alone(const Layout& layout, const std::string& name) {
    return std::count_if(
               layout.columns.begin(), layout.columns.end(), [&name](const ColumnPlan& plan) {
                   return base::same_name(plan.described.name, name);
               }) == 1;
}

BaseColumn base_of(const WindowReading& reading, std::size_t column) {
    return reading.statement.base_of(static_cast<int>(column) + 1);
}

bool is_all_of_one_table(const WindowReading& reading, const BaseColumn& watermark) {
    for (std::size_t at = 0; at < reading.key.size(); ++at) {
        const BaseColumn column = base_of(reading, reading.key[at]);
        if (column.catalog != watermark.catalog || column.table != watermark.table ||
            column.alias != watermark.alias || !is_name_of(reading.key_sql[at], column)) {
            return false;
        }
    }
    return true;
}

// Without order or limit the source takes an index for a small part of a table only.
bool an_index_gives_it(const WindowReading& reading,
                       const std::string& watermark_sql,
                       const std::string& table) {
    const auto planned = [&](const std::string& tail) {
        return planned_access(reading.session,
                              reading.dataset.query.render(reading.condition, {"1=1", {}}, tail),
                              table);
    };
    std::vector<std::string> order{watermark_sql};
    order.insert(order.end(), reading.key_sql.begin(), reading.key_sql.end());
    const auto all = planned("");
    if (!all || all->index.empty()) {
        return false;
    }
    const auto page =
        planned(order_clause(order) + limit_clause(reading.session.dialect, reading.page_rows));
    return page && !page->index.empty() && !page->sorts;
}

}  // namespace

// A number compared with a time would select no row, or all.
std::optional<std::string> type_without_time(const Layout& layout, const std::string& watermark) {
    const auto column = index_of(layout, watermark);
    if (!column) {
        return std::nullopt;
    }
    const ResultColumn& described = layout.columns[*column].described;
    const SQLSMALLINT type = described.sql_type;
    const bool is_no_time = is_number_type(type) || is_float_type(type) || is_binary_type(type) ||
                            type == SQL_BIT || type == SQL_TYPE_TIME;
    return is_no_time ? std::optional(described_column(described).type) : std::nullopt;
}

// Nothing depends on it but speed.
void prefer_one_index(Session& session) {
    if (session.dialect.one_index_statement.empty()) {
        return;
    }
    try {
        Statement(*session.connection).run(session.dialect.one_index_statement);
    } catch (const base::ConnectorError&) {
        return;
    }
}

bool goes_by_watermark(const WindowReading& reading) {
    const Dialect& dialect = reading.session.dialect;
    const connectors::ReadRequest& request = reading.request;
    if (!request.window || !request.window->from || !request.after.empty() ||
        dialect.explain.empty() || !reading.dataset.query.is_plain()) {
        return false;
    }
    const std::string& name = request.window->column;
    const auto& key = reading.dataset.key;
    const bool is_of_key = std::any_of(key.begin(), key.end(), [&name](const std::string& each) {
        return base::same_name(each, name);
    });
    if (is_of_key || !is_alone(reading.layout, name)) {
        return false;
    }
    const std::size_t column = *index_of(reading.layout, name);
    const BaseColumn watermark = base_of(reading, column);
    const std::string sql = column_sql(reading.dataset, dialect, name);
    if (!is_name_of(sql, watermark) || !is_all_of_one_table(reading, watermark)) {
        return false;
    }
    const std::string type = asked_type(reading.session, reading.statement, column);
    const bool sorts_as_shown =
        type == "datetime" || (type == "timestamp" && clocks_go_on(request.zone, *request.window));
    return sorts_as_shown && an_index_gives_it(reading, sql, watermark.alias);
}

}  // namespace hrbridge::odbc
