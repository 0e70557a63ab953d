#pragma once

#include <vector>

#include "daemon/app/cli.h"

namespace hrbridge::app {

// The commands about a person's data.
std::vector<CommandSpec> people_specs();

}  // namespace hrbridge::app
