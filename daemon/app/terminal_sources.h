#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connectors/iclock/terminals.h"
#include "daemon/app/config.h"
#include "daemon/base/result.h"
#include "daemon/base/yaml.h"

namespace hrbridge::app {

// Where terminals reach the daemon in plain HTTP, and nothing but /iclock.
struct TerminalAddress {
    std::string host;
    int port = 0;
    friend bool operator==(const TerminalAddress&, const TerminalAddress&) = default;
};

// The settings of one source of kind iclock.
struct TerminalSource {
    iclock::Options options;
    std::optional<TerminalAddress> listen;  // absent: through `web` alone
};

// Reads a source's own keys; `reader` stands on its map. `kind` and `guard` are known already.
TerminalSource read_terminal_source(base::YamlReader& reader,
                                    const Config& config,
                                    const SourceConfig& source,
                                    base::Faults& faults);

// All of the configuration, with faults for what two of them claim: a terminal, an address. Faults
// of a single one are make_connectors()'s to tell.
std::vector<TerminalSource> terminal_sources(const Config& config, base::Faults& faults);

}  // namespace hrbridge::app
