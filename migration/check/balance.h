#pragma once

#include "migration/check/entity.h"

namespace hrbridge::check {

// Fills a verdict of the form balance: `examined` and `failed` count groups. What was computed of
// personal fields is compared and not shown.
void judge_balance(const Scope& scope,
                   const Entity& entity,
                   const RuleSpec& rule,
                   Verdict& verdict);

// Live rows against the last run's.
void judge_volume(const Scope& scope, const Entity& entity, const RuleSpec& rule, Verdict& verdict);

}  // namespace hrbridge::check
