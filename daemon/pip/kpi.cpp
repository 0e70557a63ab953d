#include "daemon/pip/kpi.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace hrbridge::pip {

namespace {

constexpr std::array<KpiDefinition, 2> kDefinitions{{
    {kDefectRate,
     3,
     "Defect rate",
     Direction::LowerIsBetter,
     true,
     "share",
     "Pieces with a defect that a production operation of the employee made, by the day they were "
     "made / pieces made (good + scrap + rework) in production operations. A defect belongs to "
     "who made it, not to who found it, and counts only where he has a report of that operation "
     "and day; an unattributed defect counts for nobody; pieces at "
     "inspection operations never count. One fact a month and operation. Peers: same unit for at "
     "least half the month's days, same operation."},
    {kOutput,
     2,
     "Output against target",
     Direction::HigherIsBetter,
     false,
     "ratio",
     "Pieces made (good + scrap + rework) / target pieces, over production operations that have "
     "a target. One fact a month and operation."},
}};

}  // namespace

std::span<const KpiDefinition> kpi_definitions() {
    return kDefinitions;
}

const KpiDefinition* find_kpi(std::string_view code) {
    const auto* found = std::find_if(kDefinitions.begin(),
                                     kDefinitions.end(),
                                     [code](const KpiDefinition& kpi) { return kpi.code == code; });
    return found == kDefinitions.end() ? nullptr : found;
}

std::int64_t write_kpi_definitions(store::sql::Connection& connection) {
    std::int64_t written = 0;
    for (const KpiDefinition& kpi : kDefinitions) {
        const std::string_view direction =
            kpi.direction == Direction::LowerIsBetter ? "lower_is_better" : "higher_is_better";
        written += connection.execute(
            "INSERT INTO kpi_definition (code, version, name, direction, unit, definition) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (code, version) DO NOTHING",
            {std::string(kpi.code),
             std::int64_t{kpi.version},
             std::string(kpi.name),
             std::string(direction),
             std::string(kpi.unit),
             std::string(kpi.definition)});
    }
    return written;
}

}  // namespace hrbridge::pip
