#include "daemon/app/measures.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "daemon/app/obstacles.h"
#include "daemon/app/sync_schedule.h"
#include "daemon/jobs/drift_record.h"
#include "daemon/jobs/outbox_gauges.h"
#include "daemon/store/repositories.h"
#include "monitoring/process.h"

namespace hrbridge::app {
namespace {

constexpr std::chrono::minutes kStep{5};
// Further back nobody asks whether the hours allowed a sync.
constexpr std::chrono::hours kLongestLook{24 * 7};
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double seconds_of(std::chrono::microseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

// When the sync was to start that would be the next one behind the last that came to its end.
std::optional<base::Timestamp> due_at(store::RunRepository& runs,
                                      const engine::Mapping& mapping,
                                      base::Timestamp since) {
    const auto schedule = sync_schedule(mapping);
    if (!schedule) {
        return std::nullopt;
    }
    const auto last = runs.last_read(mapping.name);
    return schedule->next_after(last ? last->started_at : since);
}

// Of a mapping that is there no more, or has no schedule any more, nothing is late.
void forget_others(prometheus::Family<prometheus::Gauge>& late,
                   const std::vector<engine::Mapping>& mappings) {
    for (const prometheus::MetricFamily& family : late.Collect()) {
        for (const prometheus::ClientMetric& shown : family.metric) {
            const std::string& name = shown.label.front().value;
            const auto is_scheduled = [&](const engine::Mapping& mapping) {
                return mapping.name == name && !mapping.sync.every.empty();
            };
            if (std::none_of(mappings.begin(), mappings.end(), is_scheduled)) {
                late.Add({{"mapping", name}}).Set(kUnknown);
            }
        }
    }
}

bool has_hours(const engine::Mapping& mapping, const Config& config) {
    return !mapping.sync.hours.empty() ||
           std::any_of(
               config.sources.begin(), config.sources.end(), [&](const SourceConfig& source) {
                   return source.name == mapping.connection && !source.guard.hours.empty();
               });
}

}  // namespace

std::chrono::microseconds late_by(const engine::Mapping& mapping,
                                  const Config& config,
                                  base::Timestamp due,
                                  base::Timestamp now) {
    std::chrono::microseconds late{0};
    if (!has_hours(mapping, config)) {
        return std::max(late, now - due);
    }
    const base::Timestamp from = std::max(due, now - kLongestLook);
    for (base::Timestamp end = now; end > from; end -= kStep) {
        if (!outside_hours_of(mapping, config, end)) {
            late += std::min<std::chrono::microseconds>(kStep, end - from);
        }
    }
    return late;
}

Measures::Measures(Services& services)
    : services_(services),
      state_(services.metrics),
      since_(services.clock.now()),
      store_(*services.store),
      migration_(state_) {}

void Measures::take() {
    const std::scoped_lock lock(mutex_);
    monitoring::measure_process(state_);
    jobs::measure_outbox(store_, services_.clock.now(), services_.log, services_.metrics);
    jobs::measure_drift(store_, services_.mappings, services_.log, services_.metrics);
    measure_late_syncs();
    migration_.measure(store_, services_.log);
    measure_disks();
}

void Measures::measure_late_syncs() {
    const base::Timestamp now = services_.clock.now();
    forget_others(state_.sync_late_seconds, services_.mappings);
    try {
        store_.use([&](store::sql::Connection& connection) {
            store::RunRepository runs(connection);
            for (const engine::Mapping& mapping : services_.mappings) {
                if (const auto due = due_at(runs, mapping, since_)) {
                    state_.sync_late_seconds.Add({{"mapping", mapping.name}})
                        .Set(seconds_of(late_by(mapping, services_.config, *due, now)));
                }
            }
        });
    } catch (const base::StoreError& error) {
        services_.log.warning("late syncs cannot be measured", {{"code", error.code()}});
        for (const engine::Mapping& mapping : services_.mappings) {
            if (!mapping.sync.every.empty()) {
                state_.sync_late_seconds.Add({{"mapping", mapping.name}}).Set(kUnknown);
            }
        }
    }
}

void Measures::measure_disks() {
    const auto free_under = [this](const char* place, const std::filesystem::path& folder) {
        std::error_code error;
        const auto space = std::filesystem::space(folder, error);
        state_.disk_free_bytes.Add({{"place", place}})
            .Set(error ? kUnknown : static_cast<double>(space.available));
    };
    const Config& config = services_.config;
    if (config.store.kind == "sqlite") {
        free_under("store", std::filesystem::path(config.store.path).parent_path());
    }
    free_under("state", config.state_folder);
    state_.disk_reserve_bytes.Add({}).Set(static_cast<double>(config.retention.disk_reserve));
}

}  // namespace hrbridge::app
