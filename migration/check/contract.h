#pragma once

#include "migration/check/entity.h"

namespace hrbridge::check {

// Fills a verdict of the form contract: every live value of a field against what the project
// states. Figures: rows, nulls, longest, and between which shares of NULL (parts of a million, 95
// %, Clopper and Pearson) the source may lie of which these rows are a part.
void judge_contract(const Scope& scope,
                    const Entity& entity,
                    const RuleSpec& rule,
                    Verdict& verdict);

}  // namespace hrbridge::check
