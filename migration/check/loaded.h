#pragma once

#include <map>
#include <string>
#include <vector>

#include "migration/check/scope.h"

namespace hrbridge::check {

// What a mapping's complete reading gave, and what it refused by rule.
struct RuleRows {
    std::int64_t refused = 0;    // open
    std::int64_t held = 0;       // open
    std::int64_t dismissed = 0;  // by a person
};
struct Loaded {
    Note missing;  // why what it refused is not known; no code: it is
    std::int64_t rows_read = 0;
    std::map<std::string, RuleRows> rules;
};
Loaded read_loaded(const Scope& scope, const engine::Mapping& mapping);

// Adds what the rule refused and held to a verdict: figures, failed and the first rows. Throws
// CannotCheck where that is not known.
void take_refused(const Scope& scope,
                  const engine::Mapping& mapping,
                  const Loaded& loaded,
                  Verdict& verdict);

}  // namespace hrbridge::check
