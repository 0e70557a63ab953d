#include "daemon/base/keyed_digest.h"

#include <array>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace hrbridge::base {
namespace {

constexpr std::size_t kDigestSize = 32;

const unsigned char* octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

void require(bool done) {
    if (!done) {
        throw std::runtime_error("OpenSSL refused a digest operation");
    }
}

}  // namespace

struct KeyedDigest::Impl {
    using Context = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;
    Context context{nullptr, &EVP_MAC_CTX_free};
};

KeyedDigest::KeyedDigest(const Secret& key) : impl_(std::make_unique<Impl>()) {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(
        EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free);
    require(mac != nullptr);
    impl_->context.reset(EVP_MAC_CTX_new(mac.get()));
    require(impl_->context != nullptr);
    std::array<char, 7> hash{"SHA256"};
    const std::array<OSSL_PARAM, 2> settings{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash.data(), 0),
        OSSL_PARAM_construct_end()};
    require(EVP_MAC_init(
                impl_->context.get(), octets(key.reveal()), key.reveal().size(), settings.data()) ==
            1);
}

KeyedDigest::KeyedDigest(KeyedDigest&&) noexcept = default;
KeyedDigest& KeyedDigest::operator=(KeyedDigest&&) noexcept = default;
KeyedDigest::~KeyedDigest() = default;

std::string KeyedDigest::of(std::string_view bytes) {
    EVP_MAC_CTX* context = impl_->context.get();
    std::string out(kDigestSize, '\0');
    std::size_t size = 0;
    // Without a key it begins anew under the one that it has.
    require(EVP_MAC_init(context, nullptr, 0, nullptr) == 1);
    require(EVP_MAC_update(context, octets(bytes), bytes.size()) == 1);
    require(EVP_MAC_final(
                context, reinterpret_cast<unsigned char*>(out.data()), &size, out.size()) == 1);
    require(size == out.size());
    return out;
}

}  // namespace hrbridge::base
