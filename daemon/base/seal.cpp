#include "daemon/base/seal.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::base {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kLongestId = 32;
static_assert(SealKeys::kMostBeside == 2 + kLongestId + kNonceSize + kTagSize);

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* octets(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* octets(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

void require(bool done) {
    if (!done) {
        throw std::runtime_error("OpenSSL refused a cipher operation");
    }
}

bool is_key_id(std::string_view id) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !id.empty() && id.size() <= kLongestId && std::all_of(id.begin(), id.end(), allowed);
}

// A context with the associated data set; `encrypt` as in EVP_CipherInit_ex.
Cipher start(bool encrypt, const Secret& key, std::string_view nonce, std::string_view associated) {
    Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    require(cipher != nullptr);
    require(EVP_CipherInit_ex(cipher.get(),
                              EVP_aes_256_gcm(),
                              nullptr,
                              octets(key.reveal()),
                              octets(nonce),
                              encrypt ? 1 : 0) == 1);
    int size = 0;
    require(EVP_CipherUpdate(cipher.get(),
                             nullptr,
                             &size,
                             octets(associated),
                             static_cast<int>(associated.size())) == 1);
    return cipher;
}

// The parts of sealed bytes.
struct Parts {
    std::string_view header;
    std::string_view key_id;
    std::string_view nonce;
    std::string_view ciphertext;
    std::string_view tag;
};

std::optional<Parts> take_apart(std::string_view sealed) {
    if (sealed.size() < 2 || sealed[0] != kVersion) {
        return std::nullopt;
    }
    const std::size_t header = 2U + static_cast<unsigned char>(sealed[1]);
    if (sealed.size() < header + kNonceSize + kTagSize) {
        return std::nullopt;
    }
    const std::size_t body = header + kNonceSize;
    return Parts{sealed.substr(0, header),
                 sealed.substr(2, header - 2),
                 sealed.substr(header, kNonceSize),
                 sealed.substr(body, sealed.size() - body - kTagSize),
                 sealed.substr(sealed.size() - kTagSize)};
}

std::string associated_data(std::string_view header, std::string_view place) {
    return std::string(header).append(place);
}

// A key for one purpose: the sealing key itself signs nothing that is stored.
Secret derived_key(const Secret& key, std::string_view purpose) {
    return Secret(KeyedDigest(key).of(std::string("hrbridge digest 1 ").append(purpose)));
}

struct KeyLine {
    std::string id;
    Secret key;
};

Result<KeyLine> parse_line(std::string_view line, std::size_t number) {
    const std::string where = fmt::format("key file, line {}", number);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
        return Fault{where, "write a key as id:base64"};
    }
    auto key = from_base64(trim(line.substr(colon + 1)));
    if (!key) {
        return Fault{where, "what stands behind the id is not base64"};
    }
    return KeyLine{std::string(trim(line.substr(0, colon))), Secret(std::move(*key))};
}

}  // namespace

Result<SealKeys> SealKeys::make(std::map<std::string, Secret> keys,
                                std::string current,
                                std::string eldest) {
    for (const auto& [id, key] : keys) {
        if (!is_key_id(id)) {
            return Fault{"key " + shorten(id, kLongestId),
                         "a key id is 1 to 32 characters of a-z 0-9 - _"};
        }
        if (key.reveal().size() != kKeySize) {
            return Fault{"key " + id,
                         fmt::format("a key has 32 bytes, not {}", key.reveal().size())};
        }
    }
    if (!keys.contains(current)) {
        return Fault{"key " + shorten(current, kLongestId),
                     "the current key is not among the keys"};
    }
    if (eldest.empty()) {
        eldest = current;
    }
    if (!keys.contains(eldest)) {
        return Fault{"key " + shorten(eldest, kLongestId), "the eldest key is not among the keys"};
    }
    SealKeys made;
    made.eldest_ = std::move(eldest);
    made.keys_ = std::move(keys);
    made.current_ = std::move(current);
    return made;
}

Result<SealKeys> SealKeys::parse(const Secret& text) {
    std::map<std::string, Secret> keys;
    std::string current;
    std::string eldest;
    std::size_t number = 0;
    for (const std::string_view raw : split(text.reveal(), '\n')) {
        ++number;
        const std::string_view line = trim(raw);
        if (line.empty()) {
            continue;
        }
        auto parsed = parse_line(line, number);
        if (!parsed) {
            return parsed.fault();
        }
        KeyLine& key = parsed.value();
        if (keys.empty()) {
            current = key.id;
        }
        eldest = key.id;
        if (!keys.emplace(key.id, std::move(key.key)).second) {
            return Fault{fmt::format("key file, line {}", number),
                         "the key id stands there twice: every key needs its own"};
        }
    }
    if (keys.empty()) {
        return Fault{"key file",
                     "it holds no key: make a line with `echo \"k1:$(openssl rand -base64 32)\"`"};
    }
    return make(std::move(keys), std::move(current), std::move(eldest));
}

Secret SealKeys::generate(std::string_view id) {
    if (!is_key_id(id)) {
        throw std::logic_error("a key id is 1 to 32 characters of a-z 0-9 - _");
    }
    const Secret key(random_bytes(kKeySize));
    return Secret(std::string(id) + ":" + to_base64(key.reveal()));
}

std::string SealKeys::seal(std::string_view plain, std::string_view place) const {
    std::string copy;
    copy.reserve(plain.size() + kMostBeside);
    return seal_in_place(std::move(copy.append(plain)), place);
}

std::string SealKeys::seal_in_place(std::string plain, std::string_view place) const {
    std::string head = sealed_prefix(current_);
    const std::string associated = associated_data(head, place);
    const std::string nonce = random_bytes(kNonceSize);
    const Cipher cipher = start(true, keys_.at(current_), nonce, associated);
    head += nonce;

    std::string sealed = std::move(plain);
    const std::size_t length = sealed.size();
    sealed.reserve(head.size() + length + kTagSize);
    sealed.insert(0, head).resize(head.size() + length + kTagSize);
    unsigned char* const body = octets(sealed) + head.size();
    unsigned char* const tag = body + length;
    int size = 0;
    require(EVP_CipherUpdate(cipher.get(), body, &size, body, static_cast<int>(length)) == 1);
    require(EVP_CipherFinal_ex(cipher.get(), tag, &size) == 1);
    require(EVP_CIPHER_CTX_ctrl(
                cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagSize), tag) == 1);
    return sealed;
}

Result<std::string> SealKeys::open(std::string_view sealed, std::string_view place) const {
    const auto parts = take_apart(sealed);
    if (!parts) {
        return Fault{std::string(place), "not a sealed field"};
    }
    const auto key = keys_.find(std::string(parts->key_id));
    if (key == keys_.end()) {
        return Fault{
            std::string(place),
            is_key_id(parts->key_id)
                ? fmt::format("sealed with key {}, which is not in the key file", parts->key_id)
                : "sealed with a key that is not in the key file"};
    }
    const std::string associated = associated_data(parts->header, place);
    const Cipher cipher = start(false, key->second, parts->nonce, associated);
    std::string plain(parts->ciphertext.size(), '\0');
    std::string tag(parts->tag);
    int size = 0;
    require(EVP_CipherUpdate(cipher.get(),
                             octets(plain),
                             &size,
                             octets(parts->ciphertext),
                             static_cast<int>(parts->ciphertext.size())) == 1);
    require(EVP_CIPHER_CTX_ctrl(
                cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagSize), tag.data()) == 1);
    std::array<unsigned char, kTagSize> rest{};
    if (EVP_CipherFinal_ex(cipher.get(), rest.data(), &size) != 1) {
        OPENSSL_cleanse(plain.data(), plain.size());
        return Fault{std::string(place),
                     "the sealed field was changed or belongs to another row or key"};
    }
    return plain;
}

KeyedDigest SealKeys::digest(std::string_view purpose) const {
    return KeyedDigest(derived_key(keys_.at(eldest_), purpose));
}

std::vector<std::string> SealKeys::ids() const {
    std::vector<std::string> ids;
    for (const auto& [id, key] : keys_) {
        ids.push_back(id);
    }
    return ids;
}

std::string SealKeys::check_value(const std::string& id) const {
    return KeyedDigest(derived_key(keys_.at(id), "seal key check")).of(id);
}

std::string SealKeys::digest_check_value(const std::string& id) const {
    return KeyedDigest(derived_key(keys_.at(id), "digest key check")).of("");
}

std::string SealKeys::sealed_prefix(std::string_view id) {
    std::string prefix{kVersion, static_cast<char>(id.size())};
    return prefix.append(id);
}

}  // namespace hrbridge::base
