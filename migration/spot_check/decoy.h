#pragma once

#include <string>
#include <vector>

#include "mappings/engine/mapping.h"
#include "migration/sampling/rank.h"
#include "migration/spot_check/row_content.h"

namespace hrbridge::spot_check {

// Alters one shown value of the row as a real fault would: another digit, a day beside it, the code
// or the name of a neighbour. Only fields that the source has a value for are altered, the key
// never. Which field and how follows from the draw's seed and the row alone. `others` are rows of
// the same stratum, from which a neighbour's value comes. False, and nothing is altered, where no
// field can be.
bool plant(RowContent& row,
           const engine::Mapping& mapping,
           const std::vector<const RowContent*>& others,
           const sampling::Digest& seed);

}  // namespace hrbridge::spot_check
