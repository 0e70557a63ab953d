#pragma once

#include <string>

#include "daemon/app/cli.h"
#include "daemon/app/output.h"

namespace hrbridge::app {

// Runs the daemon until SIGTERM or SIGINT: scheduler, pages, metrics and control socket. SIGHUP
// reads the configuration again and keeps the old one when the new one has faults.
Exit run_daemon(const std::string& config_file, Output& output);

}  // namespace hrbridge::app
