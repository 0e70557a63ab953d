#pragma once

#include "daemon/base/result.h"
#include "daemon/base/secret.h"
#include "migration/ledger/ed25519.h"

namespace hrbridge::ledger {

// A person's private key as a file: one PEM block of PKCS#8, which `openssl pkey` reads too.
class KeyFile {
  public:
    // Encrypted (AES-256-CBC under scrypt, N = 2^14, r = 8, p = 1) unless the passphrase is empty.
    static base::Secret write(const PrivateKey& key, const base::Secret& passphrase);
    // Whether a passphrase is needed to read it.
    static bool is_encrypted(const base::Secret& pem);
    // An Ed25519 key only. The passphrase is not looked at for a key that is not encrypted. The
    // fault's `what` is a code: key_file_none, key_file_passphrase or key_file_kind.
    static base::Result<PrivateKey> read(const base::Secret& pem, const base::Secret& passphrase);
};

}  // namespace hrbridge::ledger
