#pragma once

#include <span>
#include <string_view>

#include "daemon/store/sql.h"

namespace hrbridge::pip {

enum class Direction { LowerIsBetter, HigherIsBetter };

// What is measured. `is_share`: the numerator counts some of the denominator's pieces, so that
// binomial statistics hold; only such KPIs can be judged by R1 and R2.
struct KpiDefinition {
    std::string_view code;
    int version = 1;
    std::string_view name;
    Direction direction = Direction::LowerIsBetter;
    bool is_share = true;
    std::string_view unit;
    std::string_view definition;
};

inline constexpr std::string_view kDefectRate = "defect_rate";
inline constexpr std::string_view kOutput = "output";

std::span<const KpiDefinition> kpi_definitions();
// nullptr when there is no such KPI.
const KpiDefinition* find_kpi(std::string_view code);

// Writes the definitions that the store lacks; gives their number. A definition is never changed
// in place: a change is a new version.
std::int64_t write_kpi_definitions(store::sql::Connection& connection);

}  // namespace hrbridge::pip
