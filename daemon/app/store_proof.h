#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "daemon/app/output.h"
#include "daemon/base/clock.h"
#include "migration/ledger/verify.h"

namespace hrbridge::app {

struct ProofAsked {
    base::Clock& clock;
    const ledger::KeyRing* keys = nullptr;  // of the configuration
    std::optional<ledger::Head> printed;
    std::string language = "zh";
    bool json = false;
    std::stop_token stop;
};

// What `store verify` does: holds the ledger against itself, its keys and a printed head, and live
// content against the ledger; tells `output` what came of it.
ledger::Outcome prove_store(store::sql::Connection& connection,
                            const ProofAsked& asked,
                            Output& output);

}  // namespace hrbridge::app
