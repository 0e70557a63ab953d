#pragma once

#include "daemon/app/cli.h"
#include "daemon/app/output.h"

namespace hrbridge::app {

// `mapping new` and `mapping preview`: read a source, never the store.
Exit run_mapping(const CommandLine& line, Output& output);

}  // namespace hrbridge::app
