#pragma once

#include <set>
#include <string>
#include <string_view>

#include "daemon/base/yaml.h"

namespace hrbridge::app::support {

// A configuration that strangers may read: the values of keys that only say how something is set
// stand as they are, all others are "(removed)". Nothing else is known to be harmless.
std::string redacted(const base::YamlNode& configuration);

// The words by which the configuration names machines, logins and receivers. Names of sources and
// the like, which jobs and metrics have too, are not among them.
std::set<std::string> names_in(const base::YamlNode& configuration);

// In JSON a backslash and the letter behind it are no part of a word.
enum class Form { Plain, Json };

// Text without these words, and without IP addresses but those of this machine itself.
std::string without(const std::set<std::string>& names, std::string_view text, Form form);

}  // namespace hrbridge::app::support
