#pragma once

#include <optional>
#include <string>

#include "daemon/base/time.h"

namespace hrbridge::web {

// When the first certificate of a PEM file ends; nullopt when there is none to be read.
std::optional<base::Timestamp> end_of_certificate(const std::string& file);

}  // namespace hrbridge::web
