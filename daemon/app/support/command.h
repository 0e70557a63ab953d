#pragma once

#include <functional>
#include <string>

#include "daemon/app/cli.h"
#include "daemon/app/output.h"

namespace hrbridge::app {

// `support bundle` where the person sits: what this machine shows him and what whoever has the
// store knows become one file. `run` runs the command with this output; a bundle is made also
// when that fails, since then it is wanted most.
Exit run_support_bundle(const CommandLine& line,
                        Output& output,
                        const std::function<Exit(const std::string& input, Output&)>& run);

}  // namespace hrbridge::app
