#include "daemon/store/retired_rows.h"

#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/store/content_move.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/fact_term.h"

namespace hrbridge::store {
namespace {

constexpr std::size_t kKeysAStatement = 200;

std::string select_of(sql::Connection& connection, const EntityTable& table) {
    std::string marks;
    for (std::size_t i = 1; i <= kKeysAStatement; ++i) {
        marks += fmt::format("{}${}", marks.empty() ? "" : ", ", i);
    }
    return fmt::format(
        "SELECT t.id, t.{0}, t.source_time FROM {1} t WHERE t.{0} IN ({2}) AND t.gone_at IS NULL "
        "AND {3} AND {4}",
        table.key.front(),
        table.name,
        marks,
        of_nobody_erased(connection, table, "t"),
        of_kept_days(connection, table.name, "t"));
}

std::vector<std::int64_t> live_of_others(sql::Connection& connection,
                                         const EntityTable& table,
                                         const RetiredKeys& keys) {
    const std::string select = select_of(connection, table);
    std::vector<std::int64_t> ids;
    for (auto next = keys.begin(); next != keys.end();) {
        std::vector<base::Value> values;
        for (; next != keys.end() && values.size() < kKeysAStatement; ++next) {
            values.emplace_back(next->first);
        }
        values.resize(kKeysAStatement, values.back());
        const auto rows = connection.query(select, values);
        while (rows->next()) {
            const auto stored = rows->optional_integer(2);
            const auto& came = keys.at(rows->text(1));
            if (!stored || !came || *stored <= *came) {
                ids.push_back(rows->integer(0));
            }
        }
    }
    return ids;
}

}  // namespace

std::int64_t retire_rows(sql::Connection& connection,
                         const BatchPlan& plan,
                         const RetiredKeys& keys,
                         base::Timestamp now) {
    const auto ids = live_of_others(connection, plan.table, keys);
    if (ids.empty()) {
        return 0;
    }
    const std::string list = fmt::format("{}", fmt::join(ids, ", "));
    const std::string where = "t.id IN (" + list + ")";
    ContentMove move(connection, plan.table, ContentMove::Of::Entity);
    move.before(where);
    const std::int64_t rows = connection.execute(
        fmt::format("UPDATE {} SET gone_at = $1, known_from = $1, source_row = NULL, source_time = "
                    "NULL, source_map = NULL WHERE id IN ({})",
                    plan.table.name,
                    list),
        {now});
    move.after(where);
    move.tell(plan.seal_content,
              plan.mapping,
              fmt::format("hrbridge retired rows 1/{}/{}", list, base::to_string(now)));
    return rows;
}

}  // namespace hrbridge::store
