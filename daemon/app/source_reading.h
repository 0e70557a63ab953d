#pragma once

#include "daemon/app/store_commands.h"
#include "migration/reconcile/source_reader.h"

namespace hrbridge::app {

// Reads the configured sources for somebody who compares and stores nothing. Their guards hold as
// for a sync; a failure that may pass is tried again as the reading says.
class ConfiguredSources final : public reconcile::SourceReader {
  public:
    // `context` outlives it.
    explicit ConfiguredSources(const CommandContext& context) : context_(context) {}
    void read(const engine::Mapping& mapping, const reconcile::SourceReading& reading) override;

  private:
    const CommandContext& context_;
};

}  // namespace hrbridge::app
