#pragma once

#include "daemon/app/store_commands.h"
#include "daemon/app/support/parts.h"

namespace hrbridge::app::support {

// What whoever has the store knows: status, metrics, history, counts of rejects, disks, the last
// lines of the log. Without names of machines and people.
Parts facts_of(const CommandContext& context);

// The configuration's file, redacted; missing where it cannot be read.
void add_configuration(const std::string& file, Parts& parts);

// Files and reasons without `names`, those that the file gives to machines and people, and this
// machine's own. Where the file cannot be read nobody knows whom the journal and errors name: they
// are missing then.
void remove_names(const std::string& config_file, Parts& parts);

}  // namespace hrbridge::app::support
