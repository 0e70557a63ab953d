#include "daemon/app/sync_schedule.h"

namespace hrbridge::app {

std::string sync_job_name(const engine::Mapping& mapping) {
    return "sync/" + mapping.name;
}

std::optional<jobs::Schedule> sync_schedule(const engine::Mapping& mapping) {
    if (mapping.sync.every.empty()) {
        return std::nullopt;
    }
    return jobs::Schedule::parse(mapping.sync.every,
                                 base::Zone::find(mapping.sync.zone).value_or(base::Zone::utc()),
                                 std::chrono::milliseconds(mapping.sync.jitter_ms),
                                 sync_job_name(mapping))
        .value();
}

}  // namespace hrbridge::app
