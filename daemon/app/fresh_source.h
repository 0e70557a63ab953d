#pragma once

#include <map>
#include <set>
#include <string>

#include "daemon/app/store_commands.h"
#include "migration/spot_check/source_reader.h"

namespace hrbridge::app {

// Reads the rows of a spot check fresh from their sources: each source once from its beginning to
// its end, because not every kind of source can be asked for single keys, and its target key is
// what the mapping makes of a row. Only the rows that are asked for are kept.
class FreshSource final : public spot_check::SourceReader {
  public:
    // `context` outlives it.
    explicit FreshSource(const CommandContext& context) : context_(context) {}

    base::Result<std::map<std::string, spot_check::FreshRow>> read(
        const engine::Mapping& mapping,
        const std::set<std::string>& keys,
        const std::stop_token& stop) override;

  private:
    const CommandContext& context_;
};

}  // namespace hrbridge::app
