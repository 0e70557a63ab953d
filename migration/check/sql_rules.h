#pragma once

#include "migration/check/violation.h"

// The forms of rules that one SELECT judges. Each throws CannotCheck.
namespace hrbridge::check {

Found judge_row(const Scope& scope, const Entity& entity, const RuleSpec& rule);
Found judge_unique(const Scope& scope, const Entity& entity, const RuleSpec& rule);
Found judge_reference(const Scope& scope, const Entity& entity, const RuleSpec& rule);
Found judge_spans(const Scope& scope, const Entity& entity, const RuleSpec& rule);
Found judge_acyclic(const Scope& scope, const Entity& entity, const RuleSpec& rule);

// Begin and end as whole numbers, open ends far outside; `alias.` before the fields.
struct Ends {
    std::string low;
    std::string high;
};
Ends ends_of(const Entity& entity, const Span& span, const std::string& alias);

}  // namespace hrbridge::check
