#include "daemon/jobs/lost_column.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace hrbridge::jobs {
namespace {

using engine::DriftAction;
using engine::DriftChange;

base::Faults faults_of_stops(const engine::Mapping& mapping,
                             const std::vector<DriftChange>& changes) {
    base::Faults faults;
    for (const DriftChange& change : changes) {
        if (change.action == DriftAction::Stop) {
            const base::Faults more = engine::drift_faults(mapping, change);
            faults.insert(faults.end(), more.begin(), more.end());
        }
    }
    return faults;
}

std::optional<std::vector<DriftChange>> changes_now(const engine::Mapping& mapping,
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
        return std::nullopt;
    } catch (const connectors::PutOff&) {
        return std::nullopt;
    } catch (const base::Stopped&) {
        return std::nullopt;
    }
}

// The message stops what the policy of a removed column lets pass.
void add_told(std::vector<DriftChange> told, std::vector<DriftChange>& changes) {
    for (DriftChange& each : told) {
        std::erase_if(changes, [&each](const DriftChange& known) {
            return known.kind == each.kind && known.column == each.column;
        });
        changes.push_back(std::move(each));
    }
}

// No column of the contract: the refusal is all that is known.
void add_unnamed(const engine::Mapping& mapping,
                 const base::SystemError& refusal,
                 LostColumn& lost) {
    const base::YamlNode* const query = mapping.dataset.find("query");
    const base::YamlNode& at = query == nullptr ? mapping.dataset : *query;
    const std::string what =
        fmt::format("names a column that the source lacks: {}", refusal.what());
    lost.faults.push_back({at.place() + ": source.query", what});
    lost.changes.push_back({engine::DriftKind::Removed,
                            "",
                            what,
                            {{"source.query", at.line}},
                            DriftAction::Stop,
                            "",
                            ""});
}

}  // namespace

LostColumn look_for_lost_column(const engine::Mapping& mapping,
                                connectors::Connector& connector,
                                const connectors::ReadRequest& request,
                                const base::SystemError& refusal) {
    LostColumn lost;
    if (auto changes = changes_now(mapping, connector, request)) {
        lost.changes = std::move(*changes);
        lost.saw_all = true;
    }
    lost.faults = faults_of_stops(mapping, lost.changes);
    if (lost.faults.empty()) {
        std::vector<DriftChange> told = engine::removed_by_message(mapping, refusal.what());
        lost.faults = faults_of_stops(mapping, told);
        add_told(std::move(told), lost.changes);
    }
    if (lost.faults.empty()) {
        add_unnamed(mapping, refusal, lost);
    }
    return lost;
}

}  // namespace hrbridge::jobs
