#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
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
    void (*print_json)(const Report&, Output&);  // one value, in as many lines as it takes
    void (*print)(const Report&, Output&);
};
template <typename Report>
Exit run_each(const CommandContext& context,
              const std::vector<const engine::Mapping*>& mappings,
              const Shown<Report>& shown) {
    Exit result = Exit::Done;
    std::vector<Report> reports;
    const bool json = context.line.has("json");
    for (const engine::Mapping* mapping : mappings) {
        std::optional<Report> report = shown.run(*mapping);
        if (result == Exit::Done) {
            result = report ? exit_of(report->outcome) : Exit::Usage;
        }
        if (report && json) {
            reports.push_back(std::move(*report));
        } else if (report) {
            shown.print(*report, context.output);
        }
    }
    if (json) {
        context.output.line("[");
        for (const Report& report : reports) {
            shown.print_json(report, context.output);
            context.output.line(&report == &reports.back() ? "" : ",");
        }
        context.output.line("]");
    }
    return result;
}

// `sync NAME --sweep KIND`
Exit run_sweep(const CommandContext& context, const std::vector<const engine::Mapping*>& mappings);

}  // namespace hrbridge::app
