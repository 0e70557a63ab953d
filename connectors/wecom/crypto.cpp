#include "connectors/wecom/crypto.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "daemon/base/text.h"

namespace hrbridge::wecom {
namespace {

constexpr std::size_t kAesBlock = 16;
constexpr std::size_t kPadBlock = 32;
constexpr std::size_t kRandomBytes = 16;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kHeaderBytes = kRandomBytes + kLengthBytes;
constexpr std::size_t kEncodedKeyLength = 43;
constexpr std::size_t kKeyBytes = 32;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string run_cipher(std::string_view key, std::string_view input, bool encrypting) {
    const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    std::string output(input.size() + kAesBlock, '\0');
    auto* out = reinterpret_cast<unsigned char*>(output.data());
    int written = 0;
    int rest = 0;
    // OpenSSL's own padding ends at 16 bytes and refuses the platform's pads of 17 to 32.
    const bool done =
        context != nullptr &&
        EVP_CipherInit_ex(context.get(),
                          EVP_aes_256_cbc(),
                          nullptr,
                          bytes_of(key),
                          bytes_of(key.substr(0, kAesBlock)),
                          encrypting ? 1 : 0) == 1 &&
        EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
        EVP_CipherUpdate(
            context.get(), out, &written, bytes_of(input), static_cast<int>(input.size())) == 1 &&
        EVP_CipherFinal_ex(context.get(), out + written, &rest) == 1;
    if (!done) {
        throw std::logic_error("AES-256-CBC failed on whole blocks");
    }
    output.resize(static_cast<std::size_t>(written) + static_cast<std::size_t>(rest));
    return output;
}

std::string pad(std::string text) {
    const std::size_t count = kPadBlock - text.size() % kPadBlock;
    text.append(count, static_cast<char>(count));
    return text;
}

// The length without the padding.
std::optional<std::size_t> unpadded_size(std::string_view padded) {
    if (padded.empty()) {
        return std::nullopt;
    }
    const std::size_t count = static_cast<unsigned char>(padded.back());
    if (count == 0 || count > kPadBlock || count > padded.size()) {
        return std::nullopt;
    }
    const std::string_view tail = padded.substr(padded.size() - count);
    if (!std::all_of(tail.begin(), tail.end(), [&](char c) { return c == padded.back(); })) {
        return std::nullopt;
    }
    return padded.size() - count;
}

std::size_t read_length(std::string_view four) {
    std::size_t length = 0;
    for (const char c : four) {
        length = length << 8U | static_cast<unsigned char>(c);
    }
    return length;
}

base::Fault undecipherable() {
    return {"callback", "the message cannot be deciphered: EncodingAESKey or receive id mismatch"};
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool equal_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

MessageCrypto::MessageCrypto(base::Secret token, base::Secret key, std::string receive_id)
    : token_(std::move(token)), key_(std::move(key)), receive_id_(std::move(receive_id)) {}

base::Result<MessageCrypto> MessageCrypto::make(base::Secret token,
                                                const base::Secret& encoding_aes_key,
                                                std::string receive_id) {
    if (token.empty()) {
        return base::Fault{"wecom.callback.token",
                           "is empty: copy the Token of the app's page \"接收消息\""};
    }
    const std::string_view encoded = encoding_aes_key.reveal();
    std::optional<std::string> key;
    if (encoded.size() == kEncodedKeyLength &&
        std::all_of(encoded.begin(), encoded.end(), is_letter_or_digit)) {
        key = base::from_base64(encoded);
    }
    if (!key || key->size() != kKeyBytes) {
        return base::Fault{"wecom.callback.aes_key", "must be the console's 43 letters and digits"};
    }
    return MessageCrypto(std::move(token), base::Secret(std::move(*key)), std::move(receive_id));
}

std::string MessageCrypto::signature(std::string_view timestamp,
                                     std::string_view nonce,
                                     std::string_view encrypted) const {
    std::array<std::string_view, 4> parts{token_.reveal(), timestamp, nonce, encrypted};
    std::sort(parts.begin(), parts.end());
    std::string joined;
    for (const std::string_view part : parts) {
        joined += part;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(joined.data(), joined.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
        throw std::logic_error("SHA-1 is not available");
    }
    return base::to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

bool MessageCrypto::verify(std::string_view signature,
                           std::string_view timestamp,
                           std::string_view nonce,
                           std::string_view encrypted) const {
    return equal_constant_time(this->signature(timestamp, nonce, encrypted), signature);
}

base::Result<std::string> MessageCrypto::decrypt(std::string_view encrypted) const {
    const std::optional<std::string> cipher = base::from_base64(encrypted);
    // The platform pads to 32, so anything else was not made by it.
    if (!cipher || cipher->empty() || cipher->size() % kAesBlock != 0) {
        return undecipherable();
    }
    const std::string padded = run_cipher(key_.reveal(), *cipher, false);
    const std::optional<std::size_t> size = unpadded_size(padded);
    if (!size || *size < kHeaderBytes) {
        return undecipherable();
    }
    const std::string_view plain = std::string_view(padded).substr(0, *size);
    const std::size_t length = read_length(plain.substr(kRandomBytes, kLengthBytes));
    if (length > plain.size() - kHeaderBytes) {
        return undecipherable();
    }
    if (!equal_constant_time(plain.substr(kHeaderBytes + length), receive_id_)) {
        return undecipherable();
    }
    return std::string(plain.substr(kHeaderBytes, length));
}

std::string MessageCrypto::encrypt(std::string_view message, std::string_view random16) const {
    if (random16.size() != kRandomBytes) {
        throw std::logic_error("a callback message starts with 16 random bytes");
    }
    const auto length = static_cast<std::uint32_t>(message.size());
    std::string plain(random16);
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        plain.push_back(static_cast<char>(length >> shift & 0xFFU));
    }
    plain += message;
    plain += receive_id_;
    return base::to_base64(run_cipher(key_.reveal(), pad(std::move(plain)), true));
}

}  // namespace hrbridge::wecom
