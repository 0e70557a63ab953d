#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "migration/rehearsal/rehearsal.h"

namespace hrbridge::rehearsal {

// One figure over the rehearsals that are compared, in their order; nullopt where a rehearsal does
// not have the mapping or step.
using Series = std::vector<std::optional<std::int64_t>>;

struct RuleTrend {
    std::string mapping;
    std::string kind;
    std::string rule;
    Series rows;  // 0 where the mapping was loaded and no row was open under this rule
};

struct MappingTrend {
    std::string mapping;
    Series read;
    Series stored;
    Series rejected;
    Series held;
    // Places in the comparison whose mapping hash differs from the one before that has it.
    std::vector<std::size_t> changed_at;
};

struct StepTrend {
    StepKind kind = StepKind::Create;
    std::string mapping;
    Series microseconds;
};

struct Comparison {
    std::vector<std::int64_t> numbers;  // the rehearsals'
    std::vector<MappingTrend> mappings;
    std::vector<RuleTrend> rules;
    std::vector<StepTrend> steps;
    Series microseconds;  // of the whole
};

// Rehearsals of one module that are loaded, in the order given.
Comparison compare(const std::vector<Rehearsal>& rehearsals);

}  // namespace hrbridge::rehearsal
