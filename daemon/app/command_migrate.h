#pragma once

#include <optional>
#include <string>

#include "daemon/app/store_commands.h"
#include "migration/project/project.h"
#include "migration/rehearsal/rehearsal.h"

namespace hrbridge::app {

// The module that the command line names; nullptr, with an error said, when there is none.
const project::Module* module_of(const CommandContext& context);
// The rehearsal that the command line names by module and number, likewise.
std::optional<rehearsal::Rehearsal> rehearsal_of(const CommandContext& context,
                                                 store::sql::Connection& connection,
                                                 const std::string& number);

// The rehearsal that the command line names behind the module; without a number the module's newest
// that is not dropped.
std::optional<rehearsal::Rehearsal> chosen_rehearsal(const CommandContext& context,
                                                     store::sql::Connection& connection);

Exit run_rehearse(const CommandContext& context);
Exit run_drop(const CommandContext& context);
Exit run_migrate_check(const CommandContext& context);
Exit run_freeze(const CommandContext& context);
// migrate draw, sheet, judge and result.
Exit run_spot_check(const CommandContext& context);

}  // namespace hrbridge::app
