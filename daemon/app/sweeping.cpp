#include "daemon/app/sweeping.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/app/config_places.h"
#include "daemon/base/error.h"
#include "daemon/jobs/run_counts.h"
#include "daemon/store/repositories.h"

namespace hrbridge::app {
namespace {

// A sync that is under way ends soon; the next sweep may be a week off.
constexpr int kAttempts = 40;
constexpr std::chrono::seconds kBetweenAttempts{15};

struct Times {
    jobs::SweepKind kind;
    const std::string& when;
};

std::vector<Times> times_of(const engine::Mapping& mapping) {
    std::vector<Times> times;
    const engine::SweepPolicy& sweep = mapping.sync.sweep;
    if (!sweep.keys.empty()) {
        times.push_back({jobs::SweepKind::Keys, sweep.keys});
    }
    if (!sweep.hashes.empty()) {
        times.push_back({jobs::SweepKind::Hashes, sweep.hashes});
    }
    return times;
}

base::Result<jobs::Schedule> schedule_of(const engine::Mapping& mapping,
                                         const Times& times,
                                         const std::string& job) {
    return jobs::Schedule::parse(times.when,
                                 base::Zone::find(mapping.sync.zone).value_or(base::Zone::utc()),
                                 std::chrono::milliseconds(mapping.sync.jitter_ms),
                                 job);
}

std::string job_name(const engine::Mapping& mapping, jobs::SweepKind kind) {
    return fmt::format("sweep/{}/{}", mapping.name, to_string(kind));
}

jobs::SweepReport sweep_when_free(Services& services,
                                  const engine::Mapping& mapping,
                                  jobs::SweepKind kind,
                                  const std::stop_token& stop) {
    jobs::SweepOptions options;
    options.kind = kind;
    options.show = 0;  // nobody reads the names
    jobs::SweepReport report = services.make_runner().sweep(mapping, options, stop);
    for (int i = 1; i < kAttempts && report.outcome == jobs::SyncOutcome::Busy; ++i) {
        if (!services.clock.sleep(kBetweenAttempts, stop)) {
            throw base::Stopped();
        }
        report = services.make_runner().sweep(mapping, options, stop);
    }
    return report;
}

void sweep_job(Services& services,
               const engine::Mapping& mapping,
               jobs::SweepKind kind,
               const std::stop_token& stop) {
    const jobs::SweepReport report = sweep_when_free(services, mapping, kind, stop);
    const std::string name(to_string(kind));
    switch (report.outcome) {
        case jobs::SyncOutcome::Done:
            services.log.info("sweep done",
                              {{"mapping", report.mapping},
                               {"kind", name},
                               {"read", std::to_string(report.rows_read)},
                               {"changed", std::to_string(report.changed)},
                               {"added", std::to_string(report.added)},
                               {"missing", std::to_string(report.missing)},
                               {"gone", std::to_string(report.gone)}});
            return;
        case jobs::SyncOutcome::PutOff:
        case jobs::SyncOutcome::Busy:
            services.log.warning(
                "sweep put off",
                {{"mapping", report.mapping}, {"kind", name}, {"why", report.error}});
            throw base::Stopped();
        case jobs::SyncOutcome::Stopped:
            throw base::Stopped();
        case jobs::SyncOutcome::FaultsFound:
        case jobs::SyncOutcome::Misconfigured:
        case jobs::SyncOutcome::Failed:
            throw std::runtime_error(
                fmt::format("{}: {}",
                            to_string(report.outcome),
                            report.error.empty() ? jobs::to_text(report.faults) : report.error));
    }
}

}  // namespace

std::string why_not_swept(const Services& services, const engine::Mapping& mapping) {
    for (const engine::Mapping& other : services.mappings) {
        if (other.name != mapping.name && other.entity == mapping.entity) {
            return fmt::format("{} writes {} too: whose rows are missing could not be told",
                               other.name,
                               other.entity);
        }
    }
    for (const SourceConfig& source : services.config.sources) {
        if (source.name == mapping.connection && source.kind == "iclock") {
            return "what terminals push is kept as it came and nothing else is to be read";
        }
        if (source.name == mapping.connection && source.kind == "wecom_checkin") {
            return "the platform gives the check-ins of the last days only: all older ones would "
                   "look gone";
        }
    }
    return {};
}

void check_sweeps(const Services& services, base::Faults& faults) {
    for (const engine::Mapping& mapping : services.mappings) {
        if (mapping.sync.sweep.line == 0) {
            continue;
        }
        const std::string place =
            fmt::format("{}:{}: sync.sweep", mapping.file, mapping.sync.sweep.line);
        if (std::string why = why_not_swept(services, mapping); !why.empty()) {
            faults.push_back({place, std::move(why)});
        }
        for (const Times& times : times_of(mapping)) {
            const auto schedule = schedule_of(mapping, times, place);
            if (!schedule) {
                faults.push_back(
                    {fmt::format("{}.{}", place, to_string(times.kind)),
                     schedule.fault().what +
                         "; write an interval (24h) or a cron expression (0 3 * * *)"});
            }
        }
        if (std::string problem = folder_fault(services.config.state_folder); !problem.empty()) {
            faults.push_back(
                {place,
                 "a sweep keeps hashes on disk: " + problem + " (state_folder of hrbridge.yaml)"});
        }
    }
}

void add_sweep_jobs(Services& services, std::vector<jobs::ScheduledJob>& jobs) {
    for (const engine::Mapping& mapping : services.mappings) {
        for (const Times& times : times_of(mapping)) {
            jobs::RunMetrics(services.metrics, mapping).expect_sweeps(times.kind);
            jobs::ScheduledJob job;
            job.name = job_name(mapping, times.kind);
            job.when = schedule_of(mapping, times, job.name).value();
            job.needs = {"sync/" + mapping.name};
            job.work = [&services, &mapping, kind = times.kind](const std::stop_token& stop) {
                sweep_job(services, mapping, kind, stop);
            };
            job.done_since = [&mapping, kind = fmt::format("sweep {}", to_string(times.kind))](
                                 store::sql::Connection& connection, base::Timestamp start) {
                return store::RunRepository(connection).done_since(mapping.name, kind, start);
            };
            jobs.push_back(std::move(job));
        }
    }
}

}  // namespace hrbridge::app
