#pragma once

#include "daemon/app/cli.h"
#include "daemon/app/output.h"

namespace hrbridge::app {

// `check`: configuration, mappings, rules and fixtures; with --all every system is reached too.
Exit run_check(const CommandLine& line, Output& output);
// `mapping new` and `mapping preview`: read a source, never the store.
Exit run_mapping(const CommandLine& line, Output& output);

}  // namespace hrbridge::app
