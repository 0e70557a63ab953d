#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/running.h"
#include "daemon/app/store_commands.h"
#include "daemon/base/yaml.h"
#include "daemon/store/repositories.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kRunsShown = 20;

// Those of the configuration, whether they have run or not, and those that the store remembers.
std::vector<std::string> job_names(Services& services, store::JobRepository& jobs) {
    std::vector<std::string> names;
    for (const jobs::ScheduledJob& job : make_jobs(services)) {
        names.push_back(job.name);
    }
    for (const model::Job& job : jobs.all()) {
        if (std::find(names.begin(), names.end(), job.name) == names.end()) {
            names.push_back(job.name);
        }
    }
    return names;
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
    const auto names = job_names(context.services, jobs);
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

Exit run_status(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    nlohmann::json out{{"store", context.services.store->describe()},
                       {"schema", store::schema_version(*connection)},
                       {"jobs", nlohmann::json::array()},
                       {"runs", nlohmann::json::array()}};
    for (const model::Job& job : store::JobRepository(*connection).all()) {
        out["jobs"].push_back(
            {{"name", job.name},
             {"paused", job.paused},
             {"last_start", job.last_start ? base::to_string(*job.last_start) : ""},
             {"next_start", job.next_start ? base::to_string(*job.next_start) : ""}});
    }
    for (const model::Run& run : store::RunRepository(*connection).latest(kRunsShown)) {
        out["runs"].push_back({{"id", run.id},
                               {"mapping", run.mapping},
                               {"outcome", run.outcome},
                               {"started", base::to_string(run.started_at)},
                               {"read", run.rows_read},
                               {"rejected", run.rows_rejected},
                               {"error", run.error.value_or("")}});
    }
    if (context.line.has("json")) {
        context.output.line(out.dump(2));
        return Exit::Done;
    }
    context.output.line(fmt::format(
        "store   {} (schema {})", context.services.store->describe(), out["schema"].get<int>()));
    for (const auto& job : out["jobs"]) {
        context.output.line(fmt::format("job     {:<32} last {:<21} next {:<21}{}",
                                        job["name"].get<std::string>(),
                                        job["last_start"].get<std::string>(),
                                        job["next_start"].get<std::string>(),
                                        job["paused"].get<bool>() ? " paused" : ""));
    }
    for (const auto& run : out["runs"]) {
        context.output.line(fmt::format("run     {:>6} {:<28} {:<8} {} read {} rejected {} {}",
                                        run["id"].get<std::int64_t>(),
                                        run["mapping"].get<std::string>(),
                                        run["outcome"].get<std::string>(),
                                        run["started"].get<std::string>(),
                                        run["read"].get<std::int64_t>(),
                                        run["rejected"].get<std::int64_t>(),
                                        run["error"].get<std::string>()));
    }
    return Exit::Done;
}

Exit run_store(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    const int before = store::schema_version(*connection);
    store::migrate(*connection);
    context.output.line(
        fmt::format("schema version {} → {}", before, store::schema_version(*connection)));
    return Exit::Done;
}

}  // namespace hrbridge::app
