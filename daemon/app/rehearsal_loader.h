#pragma once

#include <set>
#include <string>

#include "daemon/app/store_commands.h"
#include "daemon/jobs/sync_runner.h"
#include "migration/rehearsal/loader.h"
#include "monitoring/metrics.h"

namespace hrbridge::app {

// Runs a module's mappings into a rehearsal's store by the code that syncs. Its metrics are its
// own: a rehearsal must not make the live store look fresh.
class RehearsalLoader final : public rehearsal::Loader {
  public:
    // `context` outlives it.
    explicit RehearsalLoader(const CommandContext& context) : context_(context) {}

    rehearsal::LoadResult load(store::Store& into,
                               const engine::Mapping& mapping,
                               const std::stop_token& stop) override;
    rehearsal::LoadResult replay(store::Store& into,
                                 const engine::Mapping& mapping,
                                 const std::stop_token& stop) override;

  private:
    jobs::SyncRunner runner(store::Store& into);

    const CommandContext& context_;
    monitoring::Metrics metrics_;
};

}  // namespace hrbridge::app
