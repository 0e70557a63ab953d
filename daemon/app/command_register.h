#pragma once

#include "daemon/app/store_commands.h"

namespace hrbridge::app {

// `register`: the record of processing activities of the configuration in force.
Exit run_register(const CommandContext& context);

}  // namespace hrbridge::app
