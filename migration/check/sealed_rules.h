#pragma once

#include <functional>

#include "migration/check/violation.h"

// Rules over sealed fields: the store's SQL sees only bytes that differ each time.
namespace hrbridge::check {

// Equal values are told by 16 bytes of a keyed digest a row, kept while the rule runs.
Found judge_unique_sealed(const Scope& scope, const Entity& entity, const RuleSpec& rule);

// Live rows whose opened value breaks `is_good`, in the order of the key.
Found judge_sealed_values(const Scope& scope,
                          const Entity& entity,
                          const std::string& field,
                          const std::function<bool(const base::Value&)>& is_good);

}  // namespace hrbridge::check
