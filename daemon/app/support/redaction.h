#pragma once

#include <string>

#include "daemon/base/yaml.h"

namespace hrbridge::app::support {

// A configuration that strangers may read: switches and the values of keys that only say how
// something is set stand as they are, all others are "(removed)". Nothing else is known to be
// harmless.
std::string redacted(const base::YamlNode& configuration);

}  // namespace hrbridge::app::support
