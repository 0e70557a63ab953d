#include "connectors/odbc/window_order.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "connectors/odbc/key_sql.h"
#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

// Of clocks that are set and set back, none is both within this.
constexpr std::chrono::days kStep{7};

// Whether no time of day comes twice from a day before the window to a day behind it.
bool clocks_go_on(const base::Zone& zone, const connectors::Window& window) {
    const auto offset_at = [&zone](base::Timestamp instant) {
        return zone.to_local(instant).time_since_epoch() - instant.time_since_epoch();
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

// Whether the SQL is the name of that column, maybe behind its table's: else its rows may be sorted
// by something else than the result shows.
bool is_name_of(std::string_view sql, std::string_view column) {
    std::string name(sql.substr(sql.rfind('.') + 1));
    std::erase_if(name, [](char letter) {
        return std::string_view("`\"[]").find(letter) != std::string_view::npos;
    });
    return base::same_name(name, column);
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

bool goes_by_watermark(Session& session,
                       Statement& statement,
                       const Layout& layout,
                       const Dataset& dataset,
                       const connectors::Window& window,
                       const std::string& zone) {
    const auto is_watermark = [&window](const std::string& name) {
        return base::same_name(name, window.column);
    };
    if (!window.from || session.dialect.leads_index_query.empty() || dataset.query.groups() ||
        std::any_of(dataset.key.begin(), dataset.key.end(), is_watermark)) {
        return false;
    }
    const auto column = index_of(layout, window.column);
    if (!column || !is_name_of(column_sql(dataset, session.dialect, window.column),
                               statement.base_of(static_cast<int>(*column) + 1).column)) {
        return false;
    }
    const std::string type =
        asked_of_column(session, statement, *column, session.dialect.leads_index_query);
    if (type == "timestamp") {
        const auto known = base::Zone::find(zone);
        return known && clocks_go_on(*known, window);
    }
    return type == "datetime";
}

}  // namespace hrbridge::odbc
