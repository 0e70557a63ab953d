#pragma once

#include "daemon/app/store_commands.h"
#include "migration/sign_off/sign.h"

// What the commands of the sign-off say.
namespace hrbridge::app {

// Writes the ledger's entries about signatures that fell, and says how many.
void record_fallen(const CommandContext& context,
                   const sign_off::Scope& scope,
                   const rehearsal::Lease& lease,
                   const sign_off::Standing& standing);

// Signatures, open verdicts and the go/no-go list, then what is in the way; as JSON with --json.
void print_standing(const CommandContext& context,
                    const sign_off::Scope& scope,
                    const sign_off::Standing& standing);
// What is in the way, or what comes next.
void print_obstacles(const CommandContext& context,
                     const sign_off::Scope& scope,
                     const sign_off::Standing& standing);

}  // namespace hrbridge::app
