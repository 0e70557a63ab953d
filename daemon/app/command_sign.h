#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/app/credentials.h"
#include "daemon/app/store_commands.h"
#include "migration/sign_off/sign.h"

namespace hrbridge::app {

// A text of the sign-off's catalogue in the language of the command line.
std::string sign_text(const CommandContext& context, const ledger::Note& note);
Exit refuse(const CommandContext& context, const ledger::Note& why, Exit exit = Exit::Failed);
const ledger::KeyRing* ledger_keys_of(const CommandContext& context);

// The credentials that came with the command, the password being that of the account; nullopt with
// an error said. Empty: the account that the key is registered for.
std::optional<Credentials> proven(const CommandContext& context,
                                  store::sql::Connection& live,
                                  const std::string& account);

// A rehearsal with both its stores open.
struct OpenRehearsal {
    std::unique_ptr<store::sql::Connection> live;
    std::unique_ptr<store::sql::Connection> side;
    rehearsal::Rehearsal rehearsal;
    const project::Module* module = nullptr;

    sign_off::Scope scope(const CommandContext& context) const;
};
// The one that the command line names by module and number; nullopt with an error said, also when
// its rows were dropped.
std::optional<OpenRehearsal> open_rehearsal(const CommandContext& context);

// `migrate sign`, `accept`, `go` and `key`.
Exit run_sign(const CommandContext& context);
Exit run_accept(const CommandContext& context);
Exit run_go(const CommandContext& context);
Exit run_keys(const CommandContext& context);

}  // namespace hrbridge::app
