#include "migration/ledger/key_ring.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "migration/ledger/ed25519_impl.h"

namespace hrbridge::ledger {
namespace {

constexpr std::size_t kMostKeys = 16;
constexpr const char* kWhere = "ledger_key";
constexpr const char* kMake =
    "make one with `(umask 077; openssl genpkey -algorithm ed25519 -out ledger_key)`";

// Without it OpenSSL would ask on the terminal for an encrypted key's password.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

// The blocks, each with what stands behind it.
std::vector<std::string_view> pem_blocks(std::string_view text) {
    constexpr std::string_view kBegin = "-----BEGIN ";
    std::vector<std::string_view> blocks;
    for (std::size_t at = text.find(kBegin); at != std::string_view::npos;) {
        const std::size_t next = text.find(kBegin, at + kBegin.size());
        blocks.push_back(text.substr(at, next - at));
        at = next;
    }
    return blocks;
}

// Null for what is no private key.
OpensslKey read_block(std::string_view block) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(
        BIO_new_mem_buf(block.data(), static_cast<int>(block.size())), &BIO_free);
    OpensslKey key(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_password, nullptr));
    ERR_clear_error();
    return key;
}

}  // namespace

base::Result<KeyRing> KeyRing::parse(const base::Secret& pem) {
    const std::vector<std::string_view> blocks = pem_blocks(pem.reveal());
    if (blocks.empty()) {
        return base::Fault{kWhere, std::string("holds no PEM private key; ") + kMake};
    }
    if (blocks.size() > kMostKeys) {
        return base::Fault{kWhere, "holds more than 16 keys; keep the newest ones"};
    }
    std::vector<PrivateKey> keys;
    for (const std::string_view block : blocks) {
        OpensslKey key = read_block(block);
        if (key == nullptr) {
            return base::Fault{
                kWhere, std::string("a PEM block is no private key, or is encrypted; ") + kMake};
        }
        if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
            return base::Fault{kWhere, std::string("a key is not an Ed25519 key; ") + kMake};
        }
        keys.push_back(
            PrivateKey(std::make_shared<const PrivateKey::Impl>(PrivateKey::Impl{std::move(key)})));
    }
    return KeyRing(std::move(keys));
}

const PrivateKey* KeyRing::find(const PublicKey& key) const {
    const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const PrivateKey& each) {
        return each.public_key() == key;
    });
    return found == keys_.end() ? nullptr : &*found;
}

std::vector<PublicKey> KeyRing::public_keys() const {
    std::vector<PublicKey> keys;
    std::transform(keys_.begin(), keys_.end(), std::back_inserter(keys), [](const auto& key) {
        return key.public_key();
    });
    return keys;
}

}  // namespace hrbridge::ledger
