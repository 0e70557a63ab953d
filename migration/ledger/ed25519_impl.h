#pragma once

#include <memory>

#include <openssl/evp.h>

#include "migration/ledger/ed25519.h"

namespace hrbridge::ledger {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using OpensslKey = std::unique_ptr<EVP_PKEY, FreeKey>;

struct PrivateKey::Impl {
    OpensslKey key;
};

}  // namespace hrbridge::ledger
