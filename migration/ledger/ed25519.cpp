#include "migration/ledger/ed25519.h"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "daemon/base/ids.h"
#include "migration/ledger/ed25519_impl.h"

namespace hrbridge::ledger {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

constexpr std::size_t kKeyBytes = 32;

const unsigned char* octets(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void require(bool done) {
    if (!done) {
        ERR_clear_error();
        throw std::runtime_error("OpenSSL refused an Ed25519 operation");
    }
}

Context new_context() {
    Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    require(context != nullptr);
    return context;
}

}  // namespace

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
    if (signature.size() != kSignatureBytes) {
        return false;
    }
    const OpensslKey key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw.bytes.data(), raw.bytes.size()));
    require(key != nullptr);
    const Context context = new_context();
    require(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
    const bool good =
        EVP_DigestVerify(
            context.get(), octets(signature), signature.size(), octets(message), message.size()) ==
        1;
    ERR_clear_error();
    return good;
}

PrivateKey PrivateKey::generate() {
    return from_seed(base::Secret(base::random_bytes(kKeyBytes)));
}

PrivateKey PrivateKey::from_seed(const base::Secret& seed) {
    OpensslKey key(EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519, nullptr, octets(seed.reveal()), seed.reveal().size()));
    require(key != nullptr);
    return PrivateKey(std::make_shared<const Impl>(Impl{std::move(key)}));
}

std::string PrivateKey::sign(std::string_view message) const {
    const Context context = new_context();
    require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, impl_->key.get()) == 1);
    std::string signature(kSignatureBytes, '\0');
    std::size_t size = signature.size();
    require(EVP_DigestSign(context.get(),
                           reinterpret_cast<unsigned char*>(signature.data()),
                           &size,
                           octets(message),
                           message.size()) == 1 &&
            size == kSignatureBytes);
    return signature;
}

PublicKey PrivateKey::public_key() const {
    PublicKey key;
    std::size_t size = key.raw.bytes.size();
    require(EVP_PKEY_get_raw_public_key(impl_->key.get(), key.raw.bytes.data(), &size) == 1 &&
            size == key.raw.bytes.size());
    return key;
}

base::Secret PrivateKey::to_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_secmem()), &BIO_free);
    require(memory != nullptr &&
            PEM_write_bio_PKCS8PrivateKey(
                memory.get(), impl_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return base::Secret(std::string(text, static_cast<std::size_t>(size)));
}

}  // namespace hrbridge::ledger
