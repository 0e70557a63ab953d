#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "migration/sampling/share.h"

// The tables that a customer's quality office may ask for, with what they let through.
//
// ISO 2859-1 = GB/T 2828.1 (as MIL-STD-105E, table I, general level II, and table II-A, single
// sampling, normal inspection) is for a continuing series of lots with switching rules and protects
// the producer; a migration is one isolated lot, for which ISO 2859-2 = GB/T 15239 asks for plans
// by limiting quality. Of that standard only the principle is here (the chance of accepting a lot
// at the limiting quality is about 10 %), computed by size.h: its printed plans differ in single
// rows.
namespace hrbridge::sampling {

// The risk at which a limiting quality is stated.
inline constexpr Share kLimitingRisk{10, 100};

struct LimitingQualityPlan {
    std::int64_t sample = 0;
    std::int64_t allowed = 0;
    double risk = 0;  // of accepting this lot at the limiting quality: at most 10 %
};

// The smallest sample for an isolated lot by limiting quality; nothing where there is none.
std::optional<LimitingQualityPlan> limiting_quality_plan(std::int64_t rows,
                                                         Share limiting_quality,
                                                         std::int64_t allowed);

// Of ISO 2859-1, general inspection level II; nothing below 2 rows.
std::optional<char> code_letter(std::int64_t rows);

// The AQLs that aql_plan() knows: 0.065 % to 6.5 %.
std::span<const Share> aqls();

struct AqlPlan {
    char letter = 'A';         // of the plan that is used, behind the table's arrows
    std::int64_t sample = 0;   // all rows where the table asks for at least as many
    std::int64_t allowed = 0;  // Ac
    // The most bad rows of this lot that still pass with a chance above 10 %, by size.h's
    // upper_limit(), and the share of one more: the plan's limiting quality.
    std::int64_t let_through = 0;
    double limiting_quality = 0;
};

// Single sampling, normal inspection, level II. Nothing for another AQL or below 2 rows.
std::optional<AqlPlan> aql_plan(std::int64_t rows, Share aql);

}  // namespace hrbridge::sampling
