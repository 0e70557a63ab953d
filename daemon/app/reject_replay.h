#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "daemon/app/services.h"
#include "daemon/jobs/sync_runner.h"

namespace hrbridge::app {

// Maps every open reject of a mapping again, without its source, and audits it; nullopt when there
// is no such mapping.
std::optional<jobs::ReplayReport> replay_open_rejects(Services& services,
                                                      const std::string& mapping,
                                                      const std::string& actor,
                                                      const std::stop_token& stop);

}  // namespace hrbridge::app
