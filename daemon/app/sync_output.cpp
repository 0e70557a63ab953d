#include "daemon/app/sync_output.h"

#include <fmt/format.h>

#include "daemon/base/printable.h"

namespace hrbridge::app {

Exit exit_of(jobs::SyncOutcome outcome) {
    switch (outcome) {
        case jobs::SyncOutcome::Done:
            return Exit::Done;
        case jobs::SyncOutcome::FaultsFound:
            return Exit::FaultsFound;
        case jobs::SyncOutcome::Misconfigured:
            return Exit::Usage;
        case jobs::SyncOutcome::Stopped:
        case jobs::SyncOutcome::PutOff:
        case jobs::SyncOutcome::Busy:
        case jobs::SyncOutcome::Failed:
            return Exit::Failed;
    }
    return Exit::Failed;
}

nlohmann::json faults_json(const base::Faults& faults) {
    nlohmann::json out = nlohmann::json::array();
    for (const base::Fault& fault : faults) {
        out.push_back({{"where", fault.where}, {"what", fault.what}});
    }
    return out;
}

void print_rest(const std::vector<std::string>& notes,
                const base::Faults& faults,
                const std::string& error,
                Output& output) {
    for (const std::string& note : notes) {
        output.line("  note: " + base::one_line(note));
    }
    for (const base::Fault& fault : faults) {
        output.error(
            fmt::format("  {}: {}", base::one_line(fault.where), base::one_line(fault.what)));
    }
    if (!error.empty()) {
        output.error("  " + error);
    }
}

std::function<void(const jobs::Progress&)> progress_of(const CommandContext& context,
                                                       const std::string& mapping) {
    return [&output = context.output, mapping](const jobs::Progress& progress) {
        output.progress(fmt::format(
            "{}: {} rows, {:.0f} rows/s", mapping, progress.rows_read, progress.rows_per_second));
    };
}

}  // namespace hrbridge::app
