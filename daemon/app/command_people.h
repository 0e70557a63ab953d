#pragma once

#include "daemon/app/store_commands.h"

namespace hrbridge::app {

// Whether the command reads whose data it is about from standard input: a number is no argument,
// since the command line is in the process list and in the shell's history.
bool needs_number(const CommandLine& line);

// `people export`, `erase`, `due`, `erased`, `hold`, `release`, `again`.
Exit run_people(const CommandContext& context);

}  // namespace hrbridge::app
