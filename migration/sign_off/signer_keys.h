#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "migration/ledger/entry.h"

namespace hrbridge::sign_off {

// A person's key as the ledger tells it.
struct SignerKey {
    std::string account;
    ledger::PublicKey key;
    base::Timestamp since;
    std::optional<base::Timestamp> until;  // nullopt: in use
    std::string revoked;                   // why; empty: in use, or another took its place
};

// Which account signs with which key, from the ledger's entries in their order: there is no other
// record of it. A key belongs to the first account that showed it, for good.
class SignerKeys {
  public:
    void take(const ledger::Entry& entry);

    // The one in use; nullptr: none. Valid until the next take().
    const SignerKey* of(const std::string& account) const;
    // Of anybody, in use or not.
    const SignerKey* find(const ledger::PublicKey& key) const;
    const std::vector<SignerKey>& all() const { return keys_; }  // oldest first

  private:
    std::vector<SignerKey> keys_;
};

}  // namespace hrbridge::sign_off
