#pragma once

#include <optional>
#include <string>

#include "migration/ledger/entry.h"
#include "migration/spot_check/draw.h"

// The entry that a content's seed is made of.
namespace hrbridge::spot_check {

// The first one of this content; nullopt: nobody has given a nonce for it yet.
std::optional<ledger::Entry> find_nonce(store::sql::Connection& live,
                                        const std::string& module,
                                        const ledger::Digest& content_root);

// Commits the entry, and only then is there a seed. Once for each content; throws as draw().
ledger::Entry give_nonce(const Parts& parts,
                         store::sql::Connection& live,
                         const Subject& subject,
                         const ledger::Digest& content_root,
                         const Plan& plan,
                         const std::string& nonce);

}  // namespace hrbridge::spot_check
