#pragma once

#include <string>
#include <vector>

#include "mappings/engine/mapping.h"
#include "migration/check/rule_spec.h"

namespace hrbridge::app {

// The columns of a mapping's source that RawTotals needs, for these balances (all on the mapping's
// entity) and figures and to name a row by its key: each once, as the mapping or the figure spells
// it.
std::vector<std::string> raw_columns(const engine::Mapping& mapping,
                                     const std::vector<const check::RuleSpec*>& balances,
                                     const std::vector<const check::ControlForm*>& figures);

}  // namespace hrbridge::app
