#pragma once

#include <set>
#include <string>

#include "daemon/app/config.h"
#include "daemon/base/yaml.h"

// Names of machines and people, in lower case: what tells of them keeps no case for sure.
namespace hrbridge::app::support {

// The words by which the configuration names machines, databases, folders, logins and receivers.
// Names of sources and the like, which jobs and metrics have too, are not among them.
std::set<std::string> names_in(const base::YamlNode& configuration);

// Those of a configuration as it is in force, whose file may say others by now.
std::set<std::string> names_in(const Config& config);

// This machine's own names. Asks the resolver for the whole one, which may take its time.
std::set<std::string> names_of_machine();

}  // namespace hrbridge::app::support
