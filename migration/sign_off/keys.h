#pragma once

#include <string>
#include <variant>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"
#include "migration/ledger/key_ring.h"
#include "migration/ledger/note.h"
#include "migration/sign_off/signer_keys.h"

namespace hrbridge::sign_off {

// Who changes an account's key, once the account's password was proven.
struct KeyChange {
    std::string account;
    std::string actor;
    base::Timestamp at;
    const ledger::KeyRing* ledger_keys = nullptr;
};

// The keys that the ledger tells of; a note when the ledger does not hold.
std::variant<SignerKeys, ledger::Note> signer_keys(store::sql::Connection& live,
                                                   const ledger::KeyRing* ledger_keys);

// Binds the public half to the account; a key that it had is replaced, and what that one signed
// still counts. nullopt when it is done, else why not: no ledger key, no or a disabled account, a
// key that was ever bound.
std::optional<ledger::Note> register_key(store::sql::Connection& live,
                                         const ledger::PrivateKey& key,
                                         const KeyChange& change);

inline constexpr const char* kRevokeReasons[] = {"lost", "stolen", "left"};

// Takes the account's key away; what it signed counts no more.
std::optional<ledger::Note> revoke_key(store::sql::Connection& live,
                                       const std::string& reason,
                                       const KeyChange& change);

}  // namespace hrbridge::sign_off
