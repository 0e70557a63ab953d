#include "migration/rehearsal/side_counts.h"

namespace hrbridge::rehearsal {
namespace {

constexpr std::string_view kRuns =
    "SELECT CAST(coalesce(sum(rows_read), 0) AS bigint), "
    "CAST(coalesce(sum(rows_inserted), 0) AS bigint) FROM run WHERE mapping = $1";
constexpr std::string_view kOpen =
    "SELECT kind, rule, count(*) FROM reject WHERE mapping = $1 AND state = 'open' "
    "GROUP BY kind, rule ORDER BY kind, rule";

}  // namespace

std::vector<RuleCount> count_rules(store::sql::Connection& side, const std::string& mapping) {
    std::vector<RuleCount> all;
    const auto rows = side.query(kOpen, {mapping});
    while (rows->next()) {
        all.push_back({mapping, rows->text(0), rows->text(1), rows->integer(2)});
    }
    return all;
}

MappingCount count_mapping(store::sql::Connection& side, const std::string& mapping) {
    MappingCount count;
    count.mapping = mapping;
    {
        const auto rows = side.query(kRuns, {mapping});
        if (rows->next()) {
            count.read = rows->integer(0);
            count.stored = rows->integer(1);
        }
    }
    for (const RuleCount& rule : count_rules(side, mapping)) {
        (rule.kind == "hold" ? count.held : count.rejected) += rule.rows;
    }
    return count;
}

}  // namespace hrbridge::rehearsal
