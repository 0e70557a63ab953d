#include "daemon/store/retired_rows.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/store/content_move.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/local_transaction.h"

namespace hrbridge::store {
namespace {

std::vector<std::int64_t> live_of_others(sql::Connection& connection,
                                         const EntityTable& table,
                                         const std::set<std::string>& keys) {
    const std::string select =
        fmt::format("SELECT t.id FROM {} t WHERE t.{} = $1 AND t.gone_at IS NULL AND {}",
                    table.name,
                    table.key.front(),
                    of_nobody_erased(connection, table, "t"));
    std::vector<std::int64_t> ids;
    for (const std::string& key : keys) {
        const auto rows = connection.query(select, {key});
        while (rows->next()) {
            ids.push_back(rows->integer(0));
        }
    }
    return ids;
}

}  // namespace

std::int64_t retire_rows(
    sql::Connection& connection,
    const EntityTable& table,
    const std::set<std::string>& keys,
    base::Timestamp now,
    const std::function<void(sql::Connection&, const SealedContent&)>& seal_content,
    const std::string& mapping) {
    const auto ids = live_of_others(connection, table, keys);
    if (ids.empty()) {
        return 0;
    }
    LocalTransaction transaction(connection);
    const std::string list = fmt::format("{}", fmt::join(ids, ", "));
    const std::string where = "t.id IN (" + list + ")";
    ContentMove move(connection, table, ContentMove::Of::Entity);
    move.before(where);
    const std::int64_t rows = connection.execute(
        fmt::format("UPDATE {} SET gone_at = $1 WHERE id IN ({})", table.name, list), {now});
    move.after(where);
    move.tell(seal_content,
              mapping,
              fmt::format("hrbridge retired rows 1/{}/{}", list, base::to_string(now)));
    transaction.commit();
    return rows;
}

}  // namespace hrbridge::store
