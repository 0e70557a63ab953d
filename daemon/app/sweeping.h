#pragma once

#include <string>
#include <vector>

#include "daemon/app/services.h"
#include "daemon/jobs/scheduler.h"

namespace hrbridge::app {

// Why this mapping cannot be swept, whatever its schedule; empty: it can.
std::string why_not_swept(const Services& services, const engine::Mapping& mapping);

// Of sync.sweep in all mappings: those that cannot be swept, schedules, and the folder.
void check_sweeps(const Services& services, base::Faults& faults);

// A job for each sweep that a mapping has times for.
void add_sweep_jobs(Services& services, std::vector<jobs::ScheduledJob>& jobs);

}  // namespace hrbridge::app
