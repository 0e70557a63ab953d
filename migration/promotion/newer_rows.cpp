#include "migration/promotion/newer_rows.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace hrbridge::promotion {
namespace {

// The earliest of the entity's mappings, since what a row's mapping was called then is not known.
std::optional<base::Timestamp> reading_began(store::sql::Connection& live,
                                             const std::string& side,
                                             const ModulePlan& plan,
                                             const std::string& entity) {
    std::optional<base::Timestamp> began;
    for (const MappingPlan& each : plan.mappings) {
        if (each.mapping->entity != entity) {
            continue;
        }
        const auto rows = live.query(
            fmt::format(
                "SELECT started_at FROM {}run WHERE mapping = $1 ORDER BY started_at LIMIT 1",
                side),
            {each.mapping->name});
        if (rows->next()) {
            const base::Timestamp at = rows->timestamp(0);
            began = began ? std::min(*began, at) : at;
        }
    }
    return began;
}

}  // namespace

void count_newer(store::sql::Connection& live,
                 const std::string& side,
                 const ModulePlan& plan,
                 std::vector<EntityCount>& counts) {
    for (EntityCount& count : counts) {
        const auto began = reading_began(live, side, plan, count.entity);
        if (!began) {
            continue;
        }
        const auto rows = live.query(
            fmt::format("SELECT count(*) FROM {} a JOIN {} t ON t.id = a.row_id JOIN batch b ON "
                        "b.id = t.batch_id JOIN run r ON r.id = b.run_id WHERE a.act IN (2, 4) AND "
                        "r.kind <> 'rollback' AND CASE WHEN r.kind = 'promotion' THEN r.started_at "
                        "ELSE b.committed_at END > $1",
                        plan.entity(count.entity).acts(),
                        count.entity),
            {*began});
        count.newer = rows->next() ? rows->integer(0) : 0;
    }
}

bool reads_again(const ModulePlan& plan, const std::string& entity) {
    return std::all_of(plan.mappings.begin(), plan.mappings.end(), [&](const MappingPlan& each) {
        const base::YamlNode* const query = each.mapping->dataset.find("query");
        return each.mapping->entity != entity || (query != nullptr && query->is_scalar());
    });
}

}  // namespace hrbridge::promotion
