#include "daemon/jobs/drift_record.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/drift_repository.h"

namespace hrbridge::jobs {
namespace {

using engine::DriftAction;
using Counts = std::map<prometheus::Labels, double>;

std::vector<store::OpenDrift> rows_of(const DriftLook& look) {
    std::vector<store::OpenDrift> rows;
    for (const engine::DriftChange& change : look.changes) {
        if (change.action == DriftAction::Ignore) {
            continue;
        }
        rows.push_back({look.mapping.name,
                        change.column,
                        engine::to_string(change.kind),
                        change.old_type,
                        change.new_type,
                        change.detail,
                        engine::mapping_lines(change),
                        look.mapping.hash,
                        change.action == DriftAction::Stop,
                        {},
                        {}});
    }
    return rows;
}

std::optional<Counts> counts(store::KeptConnection& store,
                             const std::vector<engine::Mapping>& mappings,
                             base::Log& log) {
    Counts counts;
    try {
        const auto all = store.use([](store::sql::Connection& connection) {
            return store::DriftRepository(connection).all();
        });
        for (const store::OpenDrift& open : all) {
            const bool known = std::any_of(
                mappings.begin(), mappings.end(), [&open](const engine::Mapping& mapping) {
                    return mapping.name == open.mapping;
                });
            if (known) {
                ++counts[{{"mapping", open.mapping},
                          {"kind", open.kind},
                          {"action", open.stops ? "stop" : "warn"}}];
            }
        }
    } catch (const base::StoreError& error) {
        log.warning("drift cannot be measured", {{"code", error.code()}});
        return std::nullopt;
    }
    return counts;
}

// Series that were there before stay, so that an end is seen as 0.
void add_known(const prometheus::Family<prometheus::Gauge>& gauge, double value, Counts& counts) {
    for (const prometheus::MetricFamily& family : gauge.Collect()) {
        for (const prometheus::ClientMetric& metric : family.metric) {
            prometheus::Labels labels;
            for (const auto& label : metric.label) {
                labels[label.name] = label.value;
            }
            counts.try_emplace(labels, value);
        }
    }
}

}  // namespace

void record_drift(store::sql::Connection& connection,
                  const DriftLook& look,
                  base::Timestamp now,
                  base::Log& log) {
    const std::string& name = look.mapping.name;
    try {
        store::DriftRepository drift(connection);
        if (!look.saw_all) {
            drift.found(name, rows_of(look), now);
            return;
        }
        for (const store::OpenDrift& gone : drift.found_all(name, rows_of(look), now)) {
            log.info("the source no longer differs in this",
                     {{"mapping", name}, {"column", gone.column}, {"kind", gone.kind}});
        }
    } catch (const base::StoreError& error) {
        log.error("drift could not be recorded; the next run tries again",
                  {{"mapping", name}, {"code", error.code()}, {"error", error.what()}});
    }
}

void measure_drift(store::KeptConnection& store,
                   const std::vector<engine::Mapping>& mappings,
                   base::Log& log,
                   monitoring::Metrics& metrics) {
    const auto open = counts(store, mappings, log);
    Counts all = open.value_or(Counts());
    add_known(metrics.drift_columns, open ? 0 : std::numeric_limits<double>::quiet_NaN(), all);
    for (const auto& [labels, columns] : all) {
        metrics.drift_columns.Add(labels).Set(columns);
    }
}

}  // namespace hrbridge::jobs
