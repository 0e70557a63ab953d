#include "connectors/odbc/window_order.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <string_view>

#include "connectors/odbc/key_sql.h"
#include "connectors/odbc/sql_scanner.h"
#include "connectors/odbc/table_index.h"
#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

// Of clocks that are set and set back, none is both within this.
constexpr std::chrono::days kStep{7};

// Whether no time of day comes twice from a day before the window to a day behind it.
bool clocks_go_on(const std::string& zone_name, const connectors::Window& window) {
    const auto zone = base::Zone::find(zone_name);
    if (!zone) {
        return false;
    }
    const auto offset_at = [&zone](base::Timestamp instant) {
        return zone->to_local(instant).time_since_epoch() - instant.time_since_epoch();
    };
    const base::Timestamp end = window.to + std::chrono::days(1);
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
// result shows.
bool is_name_of(std::string_view sql, const BaseColumn& column) {
    const auto parts = name_parts(sql);
    const std::size_t count = parts.size();
    return count > 0 && !column.table.empty() && base::same_name(parts.back(), column.column) &&
           (count == 1 || base::same_name(parts[count - 2], column.alias));
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

// The names of watermark and key in their table, where all are columns of one; else nothing.
std::vector<std::string> order_in_table(const WindowReading& reading, const BaseColumn& watermark) {
    std::vector<std::string> order{watermark.column};
    for (std::size_t at = 0; at < reading.key.size(); ++at) {
        const BaseColumn column = base_of(reading, reading.key[at]);
        if (column.catalog != watermark.catalog || column.table != watermark.table ||
            column.alias != watermark.alias || !is_name_of(reading.key_sql[at], column)) {
            return {};
        }
        order.push_back(column.column);
    }
    return order;
}

bool begins_with(const std::vector<std::string>& columns, const std::vector<std::string>& order) {
    return columns.size() >= order.size() &&
           std::equal(order.begin(), order.end(), columns.begin(), base::same_name);
}

bool an_index_finds_it(const WindowReading& reading, const BaseColumn& watermark) {
    const auto order = order_in_table(reading, watermark);
    if (order.empty()) {
        return false;
    }
    const auto indexes = sorted_indexes(reading.session, watermark);
    const auto has_order = [&order](const TableIndex& index) {
        return begins_with(index.columns, order);
    };
    if (std::none_of(indexes.begin(), indexes.end(), has_order)) {
        return false;
    }
    const Sql query = reading.dataset.query.render(reading.condition, {"1=1", {}}, "");
    const std::string chosen = chosen_index(reading.session, query, watermark.alias);
    return std::any_of(indexes.begin(), indexes.end(), [&](const TableIndex& index) {
        return index.name == chosen && begins_with(index.columns, {watermark.column});
    });
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

bool goes_by_watermark(const WindowReading& reading) {
    const Dialect& dialect = reading.session.dialect;
    const connectors::ReadRequest& request = reading.request;
    if (!request.window || !request.window->from || !request.after.empty() ||
        dialect.index_queries.empty() || !reading.dataset.query.is_plain()) {
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
    if (!is_name_of(column_sql(reading.dataset, dialect, name), watermark)) {
        return false;
    }
    const std::string type =
        asked_of_column(reading.session, reading.statement, column, dialect.column_type_query);
    const bool sorts_as_shown =
        type == "datetime" || (type == "timestamp" && clocks_go_on(request.zone, *request.window));
    return sorts_as_shown && an_index_finds_it(reading, watermark);
}

}  // namespace hrbridge::odbc
