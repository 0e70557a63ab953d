#pragma once

#include <optional>
#include <string>

#include "daemon/app/cli.h"
#include "daemon/app/output.h"
#include "daemon/base/secret.h"
#include "migration/ledger/ed25519.h"

// What a person proves himself with. It is read where he sits, from the terminal and a key file
// that only he can read, and given to whoever runs the command.
namespace hrbridge::app {

struct Credentials {
    base::Secret password;
    std::optional<ledger::PrivateKey> key;
};

// Whether the command is a person's own act: it needs his password, and mostly his key.
bool needs_credentials(const CommandLine& line);

// Asks for them: the account's password, then the key's passphrase where it has one; without a
// terminal the first lines of standard input. Packed for unpack(); nullopt with an error said.
std::optional<std::string> read_credentials(const CommandLine& line, Output& output);

// nullopt for what read_credentials() did not write.
std::optional<Credentials> unpack_credentials(const std::string& packed);

// `migrate key new`: needs no store.
Exit make_key_file(const CommandLine& line, Output& output);

}  // namespace hrbridge::app
