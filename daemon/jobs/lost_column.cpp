#include "daemon/jobs/lost_column.h"

#include <fmt/format.h>

#include "mappings/engine/drift.h"

namespace hrbridge::jobs {
namespace {

void add_stops(const engine::Mapping& mapping,
               const std::vector<engine::DriftChange>& changes,
               base::Faults& faults) {
    for (const engine::DriftChange& change : changes) {
        if (change.action == engine::DriftAction::Stop) {
            const base::Faults more = engine::drift_faults(mapping, change);
            faults.insert(faults.end(), more.begin(), more.end());
        }
    }
}

std::vector<engine::DriftChange> changes_now(const engine::Mapping& mapping,
                                             connectors::Connector& connector,
                                             connectors::ReadRequest request) {
    request.window.reset();
    request.key.clear();
    request.after.clear();
    request.only.clear();
    request.memory.clear();
    request.rows_per_second = 0;
    try {
        return engine::compare_columns(mapping, connector.open(request)->columns());
    } catch (const base::SystemError&) {
        return {};
    } catch (const connectors::PutOff&) {
        return {};
    } catch (const base::Stopped&) {
        return {};
    }
}

}  // namespace

base::Faults faults_of_lost_column(const engine::Mapping& mapping,
                                   connectors::Connector& connector,
                                   const connectors::ReadRequest& request,
                                   const base::SystemError& refusal) {
    base::Faults faults;
    add_stops(mapping, changes_now(mapping, connector, request), faults);
    if (faults.empty()) {
        add_stops(mapping, engine::removed_by_message(mapping, refusal.what()), faults);
    }
    if (faults.empty()) {
        const base::YamlNode* const query = mapping.dataset.find("query");
        const std::string place = query == nullptr ? mapping.dataset.place() : query->place();
        faults.push_back({place + ": source.query",
                          fmt::format("names a column that the source lacks: {}", refusal.what())});
    }
    return faults;
}

}  // namespace hrbridge::jobs
