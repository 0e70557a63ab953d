#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "daemon/base/log.h"

namespace hrbridge::app {

// The journal with structured fields (HRBRIDGE_MAPPING=…) when systemd listens on stderr,
// readable lines on stderr otherwise.
std::unique_ptr<base::Log> make_log(base::Level least);

// "2026-11-28T02:40:00Z warning message name=value", as of now.
std::string log_line(base::Level level,
                     std::string_view message,
                     std::span<const base::LogField> fields);

}  // namespace hrbridge::app
