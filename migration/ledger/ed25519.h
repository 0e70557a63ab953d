#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/base/secret.h"
#include "migration/ledger/digest.h"

namespace hrbridge::ledger {

inline constexpr std::size_t kSignatureBytes = 64;

// An Ed25519 key that verifies; all of it that a verifier needs.
struct PublicKey {
    Digest raw;

    // Of 64 bytes of signature over `message`; false for anything else.
    bool verifies(std::string_view message, std::string_view signature) const;
    // SHA-256 of the 32 bytes: what people compare.
    Digest fingerprint() const { return Digest::sha256_of(raw.view()); }
    friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};

// An Ed25519 key that signs. It has no text form but PEM, and prints nowhere. Cheap to copy;
// thread-safe.
class PrivateKey {
  public:
    static PrivateKey generate();
    // 32 bytes, from which the same key comes on every machine: test vectors, keys derived from a
    // person's credential.
    static PrivateKey from_seed(const base::Secret& seed);

    std::string sign(std::string_view message) const;  // 64 bytes
    PublicKey public_key() const;
    base::Secret to_pem() const;  // PKCS#8, as `openssl genpkey -algorithm ed25519` writes it

  private:
    friend class KeyRing;
    friend class KeyFile;
    struct Impl;
    explicit PrivateKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
    std::shared_ptr<const Impl> impl_;
};

}  // namespace hrbridge::ledger
