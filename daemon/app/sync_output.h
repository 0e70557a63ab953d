#pragma once

#include <cstdint>
#include <functional>
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

// `sync NAME --sweep KIND`
Exit run_sweep(const CommandContext& context, const std::vector<const engine::Mapping*>& mappings);

}  // namespace hrbridge::app
