#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/app/running.h"
#include "daemon/app/store_commands.h"
#include "daemon/base/yaml.h"
#include "daemon/store/repositories.h"

namespace hrbridge::app {
namespace {

// Those of the configuration, whether they have run or not, and those that the store remembers.
std::vector<std::string> known_names(Services& services, store::JobRepository& jobs) {
    std::set<std::string> names = job_names(services);
    for (const model::Job& job : jobs.all()) {
        names.insert(job.name);
    }
    return {names.begin(), names.end()};
}

std::string no_job(const std::string& name, const std::vector<std::string>& names) {
    const std::string near = base::nearest(name, names);
    if (!near.empty()) {
        return fmt::format("there is no job '{}'; did you mean '{}'?", name, near);
    }
    return fmt::format("there is no job '{}'; there are: {}", name, fmt::join(names, ", "));
}

}  // namespace

Exit run_jobs(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    store::JobRepository jobs(*connection);
    const std::string& name = context.line.arguments.front();
    const auto now = context.services.clock.now();
    const auto names = known_names(context.services, jobs);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        context.output.error(no_job(name, names));
        return Exit::Usage;
    }
    store::sql::Transaction transaction(*connection);
    if (context.line.command == "job pause") {
        jobs.pause(name, context.actor, context.line.option("reason"), now);
    } else {
        jobs.resume(name);
    }
    store::AuditRepository(*connection)
        .add(context.actor,
             context.line.command == "job pause" ? "job.pause" : "job.resume",
             name,
             context.line.option("reason"),
             now);
    transaction.commit();
    context.output.line(
        fmt::format("{} {}", name, context.line.command == "job pause" ? "paused" : "resumed"));
    return Exit::Done;
}

}  // namespace hrbridge::app
