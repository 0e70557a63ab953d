#include "daemon/people/old_facts.h"

#include <string>

#include <fmt/format.h>

#include "daemon/store/content_move.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/person_columns.h"

namespace hrbridge::people {
namespace {

constexpr const char* kLedgerMapping = "(facts)";
constexpr const char* kHeldSpells =
    "SELECT s.id FROM employment_spell s JOIN legal_hold h ON h.person_id = s.person_id";

std::string of_nobody_on_hold(const store::EntityTable& table) {
    std::string condition = "TRUE";
    for (const store::PersonColumn& column : store::person_columns(table)) {
        if (column.parent == store::kSpell) {
            condition += fmt::format(
                " AND (t.{0} IS NULL OR t.{0} NOT IN ({1}))", column.column, kHeldSpells);
        }
    }
    return condition;
}

}  // namespace

std::int64_t delete_old_facts(
    store::sql::Connection& connection,
    const store::EntityTable& table,
    const IdRange& range,
    const std::function<void(store::sql::Connection&, const store::SealedContent&)>& seal_content) {
    const std::string where = fmt::format("t.id >= {} AND t.id < {} AND NOT ({}) AND {}",
                                          range.first,
                                          range.end,
                                          store::of_kept_days(connection, table.name, "t"),
                                          of_nobody_on_hold(table));
    store::keep_erasures_out(connection);  // no hold between the two statements below
    store::ContentMove move(connection, table, store::ContentMove::Of::Entity);
    move.before(where);
    const std::int64_t rows =
        connection.execute(fmt::format("DELETE FROM {} AS t WHERE {}", table.name, where), {});
    if (rows > 0) {
        move.tell(seal_content,
                  kLedgerMapping,
                  fmt::format("hrbridge old facts 1/{}/{}/{}", table.name, range.first, range.end));
    }
    return rows;
}

std::int64_t delete_old_figures(store::sql::Connection& connection, base::Date before) {
    return connection.execute(
        fmt::format("DELETE FROM kpi_fact WHERE period < $1 AND spell_id NOT IN ({})", kHeldSpells),
        {before});
}

}  // namespace hrbridge::people
