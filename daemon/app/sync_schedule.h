#pragma once

#include <optional>

#include "daemon/jobs/schedule.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::app {

// The name of the job that syncs a mapping: "sync/erp/person".
std::string sync_job_name(const engine::Mapping& mapping);
// When it starts; nullopt: only when somebody asks. Schedules were checked when the configuration
// was loaded.
std::optional<jobs::Schedule> sync_schedule(const engine::Mapping& mapping);

}  // namespace hrbridge::app
