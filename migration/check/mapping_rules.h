#pragma once

#include "migration/check/loaded.h"
#include "migration/check/violation.h"

namespace hrbridge::check {

// Fills the verdict of a mapping's logic rule: what it refused while the mapping was loaded, and
// what breaks it over the whole entity now. A rule over a field that is not stored was judged at
// load alone.
void judge_mapping_rule(const Scope& scope,
                        const Entity& entity,
                        const engine::Mapping& mapping,
                        const engine::LogicRule& rule,
                        const Loaded& loaded,
                        Verdict& verdict);

}  // namespace hrbridge::check
