#pragma once

#include <string>

#include "daemon/app/support/parts.h"

namespace hrbridge::app::support {

// The unit that runs the daemon of this configuration, by the places that the package gives them.
std::string unit_of(const std::string& config_file);

// Program, machine, and what systemd and the journal say of the unit to the user who asks.
Parts machine_parts(const std::string& config_file);

}  // namespace hrbridge::app::support
