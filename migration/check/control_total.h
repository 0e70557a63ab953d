#pragma once

#include "migration/check/entity.h"

namespace hrbridge::check {

// Fills a verdict of the form control: a figure that a person took from the source system is held
// against the source's raw column, and against the field that the form names or else the mapping
// makes of the column. `examined` and `failed` count these comparisons. The second is left out,
// which the verdict says, where the form names no field and steps of the mapping make other values
// of the column's on purpose.
void judge_control(const Scope& scope,
                   const Entity& entity,
                   const RuleSpec& rule,
                   Verdict& verdict);

}  // namespace hrbridge::check
