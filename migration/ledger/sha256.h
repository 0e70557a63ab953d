#pragma once

#include <memory>
#include <stdexcept>
#include <string_view>

#include <openssl/evp.h>

#include "migration/ledger/digest.h"

namespace hrbridge::ledger {

// Over bytes that come in pieces. Throws std::runtime_error when OpenSSL refuses.
class Sha256 {
  public:
    Sha256() : context_(EVP_MD_CTX_new()) {
        check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
    }
    void add(std::string_view bytes) {
        check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
    }
    // What was added so far, to go on with apart.
    Sha256 copy() const {
        Sha256 other;
        check(EVP_MD_CTX_copy_ex(other.context_.get(), context_.get()) == 1);
        return other;
    }
    // Once, at the end.
    Digest finish() {
        Digest digest;
        check(EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), nullptr) == 1);
        return digest;
    }

  private:
    static void check(bool went_well) {
        if (!went_well) {
            throw std::runtime_error("OpenSSL has no SHA-256");
        }
    }

    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace hrbridge::ledger
