#pragma once

#include <functional>
#include <string>

#include "daemon/app/store_commands.h"
#include "migration/rehearsal/rehearser.h"

namespace hrbridge::app {

// Runs `work` with the lease of the module's rehearsals; says so and fails when another has it.
Exit with_module_lease(const CommandContext& context,
                       const std::string& module,
                       const std::function<Exit(const rehearsal::Lease&)>& work);

}  // namespace hrbridge::app
