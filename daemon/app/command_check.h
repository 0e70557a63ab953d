#pragma once

#include "daemon/app/cli.h"
#include "daemon/app/output.h"

namespace hrbridge::app {

// `check`: reads configuration, mappings and fixtures without a store; with --all it also reaches
// the store, every source and WeCom, and says of each whether it answered and what to do if not.
Exit run_check(const CommandLine& line, Output& output);

}  // namespace hrbridge::app
