#pragma once

#include <optional>
#include <vector>

#include "migration/promotion/plan.h"
#include "migration/promotion/promotion.h"

namespace hrbridge::promotion {

// What is known before any row is compared.
struct Known {
    const Parts& parts;
    const project::Module& module;
    const std::vector<engine::Mapping>& mappings;
    const rehearsal::Rehearsal& rehearsal;
    const Gate& gate;
};

// Signatures, state, mappings, who else writes the entities, the cut-over window and room on disk.
std::vector<GoItem> look_ahead(const Known& known);

// Whether the rows that would be gone are few enough to be no mistake: the module's volume bound.
GoItem look_at_gone(const project::Module& module, const std::vector<EntityCount>& entities);

// Whether what syncs have brought since the rehearsal's reading comes again, or its loss is
// accepted.
GoItem look_at_newer(const ModulePlan& plan,
                     const std::vector<EntityCount>& entities,
                     std::int64_t accepted);

}  // namespace hrbridge::promotion
