#pragma once

#include "daemon/app/store_commands.h"

namespace hrbridge::app {

// `migrate report`, where the store is: see report_file.h for the caller's side.
Exit run_report(const CommandContext& context);

}  // namespace hrbridge::app
