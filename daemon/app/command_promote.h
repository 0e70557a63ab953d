#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/app/store_commands.h"
#include "migration/promotion/promotion.h"

namespace hrbridge::app {

// A text of the promotion's catalogue in the language of the command line.
std::string promotion_text(const CommandContext& context, const ledger::Note& note);

// Runs `work` with leases of these names; says so and fails when another has one.
Exit with_leases(const CommandContext& context,
                 const std::string& module,
                 const std::vector<std::string>& names,
                 const std::function<Exit(const std::vector<rehearsal::Lease>&)>& work);

promotion::Parts promotion_parts(const CommandContext& context,
                                 std::vector<rehearsal::Lease> leases);

// `migrate promote` and `migrate rollback`.
Exit run_promote(const CommandContext& context);
Exit run_rollback(const CommandContext& context);

}  // namespace hrbridge::app
