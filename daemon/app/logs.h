#pragma once

#include <memory>

#include "daemon/base/log.h"

namespace hrbridge::app {

// The journal with structured fields (HRBRIDGE_MAPPING=…) when systemd listens on stderr,
// readable lines on stderr otherwise.
std::unique_ptr<base::Log> make_log(base::Level least);

}  // namespace hrbridge::app
