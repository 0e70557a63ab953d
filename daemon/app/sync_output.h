#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/app/store_commands.h"
#include "daemon/jobs/sync_report.h"

// What the outputs of syncs and sweeps share.
namespace hrbridge::app {

inline constexpr std::int64_t kChangesShown = 50;

Exit exit_of(jobs::SyncOutcome outcome);
nlohmann::json faults_json(const base::Faults& faults);
// Notes, faults and the error, each on its line.
void print_rest(const std::vector<std::string>& notes,
                const base::Faults& faults,
                const std::string& error,
                Output& output);
std::function<void(const jobs::Progress&)> progress_of(const CommandContext& context,
                                                       const std::string& mapping);

// Runs one mapping after another and prints each report, or all as JSON at the end. The first that
// did not go well decides the exit code; a mapping without a report has said why: wrong usage.
template <typename Report>
struct Shown {
    std::function<std::optional<Report>(const engine::Mapping&)> run;
    nlohmann::json (*to_json)(const Report&);
    void (*print)(const Report&, Output&);
};
template <typename Report>
Exit run_each(const CommandContext& context,
              const std::vector<const engine::Mapping*>& mappings,
              const Shown<Report>& shown) {
    Exit result = Exit::Done;
    nlohmann::json all = nlohmann::json::array();
    const bool json = context.line.has("json");
    for (const engine::Mapping* mapping : mappings) {
        const std::optional<Report> report = shown.run(*mapping);
        if (report && json) {
            all.push_back(shown.to_json(*report));
        } else if (report) {
            shown.print(*report, context.output);
        }
        if (result == Exit::Done) {
            result = report ? exit_of(report->outcome) : Exit::Usage;
        }
    }
    if (json) {
        context.output.line(all.dump(2));
    }
    return result;
}

// `sync NAME --sweep KIND`
Exit run_sweep(const CommandContext& context, const std::vector<const engine::Mapping*>& mappings);

}  // namespace hrbridge::app
