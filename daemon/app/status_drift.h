#pragma once

#include <nlohmann/json_fwd.hpp>

#include "daemon/app/output.h"
#include "daemon/app/services.h"

namespace hrbridge::app {

// How sources differ from the contracts of the mappings that are configured here, as a list.
nlohmann::json drift_json(const Services& services, store::sql::Connection& connection);
// A line for each of that list.
void print_drift(Output& output, const nlohmann::json& drift);

}  // namespace hrbridge::app
