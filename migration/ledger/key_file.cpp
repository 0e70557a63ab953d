#include "migration/ledger/key_file.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "daemon/base/ids.h"
#include "migration/ledger/ed25519_impl.h"

namespace hrbridge::ledger {
namespace {

template <typename T, void (*Free)(T*)>
struct Deleter {
    void operator()(T* object) const { Free(object); }
};
template <typename T, void (*Free)(T*)>
using Owned = std::unique_ptr<T, Deleter<T, Free>>;

void free_bio(BIO* bio) {
    BIO_free(bio);
}
using Memory = Owned<BIO, free_bio>;
using Plain = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using Encrypted = Owned<X509_SIG, X509_SIG_free>;
using Algorithm = Owned<X509_ALGOR, X509_ALGOR_free>;

constexpr const char* kWhere = "key";
constexpr int kSaltBytes = 16;
constexpr std::uint64_t kCost = 1U << 14U;
constexpr std::uint64_t kBlock = 8;
constexpr std::string_view kEncrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

template <typename T>
T require(T object) {
    if (object == nullptr) {
        ERR_clear_error();
        throw std::runtime_error("OpenSSL refused to write a key");
    }
    return object;
}

base::Secret text_of(BIO* memory) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory, &text);
    return base::Secret(std::string(text, static_cast<std::size_t>(size)));
}

// Without it OpenSSL would ask on the terminal.
int give_passphrase(char* buffer, int size, int /*writing*/, void* data) {
    const std::string_view passphrase = static_cast<const base::Secret*>(data)->reveal();
    if (passphrase.size() > static_cast<std::size_t>(size)) {
        return -1;
    }
    std::copy(passphrase.begin(), passphrase.end(), buffer);
    return static_cast<int>(passphrase.size());
}

}  // namespace

base::Secret KeyFile::write(const PrivateKey& key, const base::Secret& passphrase) {
    if (passphrase.empty()) {
        return key.to_pem();
    }
    std::string salt = base::random_bytes(kSaltBytes);
    Algorithm algorithm(
        require(PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(),
                                      reinterpret_cast<const unsigned char*>(salt.data()),
                                      kSaltBytes,
                                      nullptr,
                                      kCost,
                                      kBlock,
                                      1)));
    const Plain plain(require(EVP_PKEY2PKCS8(key.impl_->key.get())));
    const std::string_view secret = passphrase.reveal();
    const Encrypted encrypted(require(PKCS8_set0_pbe(
        secret.data(), static_cast<int>(secret.size()), plain.get(), algorithm.get())));
    algorithm.release();  // NOLINT(bugprone-unused-return-value): now the block's
    const Memory memory(require(BIO_new(BIO_s_mem())));
    require(PEM_write_bio_PKCS8(memory.get(), encrypted.get()) == 1 ? &memory : nullptr);
    return text_of(memory.get());
}

bool KeyFile::is_encrypted(const base::Secret& pem) {
    return pem.reveal().find(kEncrypted) != std::string_view::npos;
}

base::Result<PrivateKey> KeyFile::read(const base::Secret& pem, const base::Secret& passphrase) {
    const std::string_view text = pem.reveal();
    const Memory memory(require(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))));
    auto given = passphrase;
    OpensslKey key(PEM_read_bio_PrivateKey(memory.get(), nullptr, give_passphrase, &given));
    ERR_clear_error();
    if (key == nullptr) {
        return base::Fault{kWhere, is_encrypted(pem) ? "key_file_passphrase" : "key_file_none"};
    }
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
        return base::Fault{kWhere, "key_file_kind"};
    }
    return PrivateKey(std::make_shared<const PrivateKey::Impl>(PrivateKey::Impl{std::move(key)}));
}

}  // namespace hrbridge::ledger
