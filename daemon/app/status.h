#pragma once

#include <nlohmann/json.hpp>

#include "daemon/app/store_commands.h"
#include "daemon/model/runs.h"

namespace hrbridge::app {

// What `status --json` prints.
nlohmann::json status_json(const CommandContext& context);
// A run as there.
nlohmann::json run_json(const model::Run& run);

}  // namespace hrbridge::app
