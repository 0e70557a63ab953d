#pragma once

#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/secret.h"
#include "migration/ledger/ed25519.h"

namespace hrbridge::ledger {

// The store's own keys. The first seals; an earlier one below it hands over to it once, then it
// may go. Immutable; thread-safe.
class KeyRing {
  public:
    // One or more PEM blocks "PRIVATE KEY", not encrypted, Ed25519 only; at most 16. The fault says
    // what to do and holds nothing of the text.
    static base::Result<KeyRing> parse(const base::Secret& pem);
    explicit KeyRing(PrivateKey key) : keys_{std::move(key)} {}
    // The first one seals.
    explicit KeyRing(std::vector<PrivateKey> keys) : keys_(std::move(keys)) {}

    const PrivateKey& current() const { return keys_.front(); }
    // nullptr when no key of the ring has this public half.
    const PrivateKey* find(const PublicKey& key) const;
    std::vector<PublicKey> public_keys() const;

  private:
    std::vector<PrivateKey> keys_;
};

}  // namespace hrbridge::ledger
