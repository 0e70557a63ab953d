#pragma once

#include <string>

namespace hrbridge::app::support {

// What systemd says of a unit, as JSON. Throws std::runtime_error.
std::string state_of_unit(const std::string& unit);

// The unit's last lines in the journal, oldest first. Throws std::runtime_error, also when there
// are none that this user may read.
std::string journal_of_unit(const std::string& unit);

}  // namespace hrbridge::app::support
