#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/base/secret.h"

namespace hrbridge::wecom {

// Gives the asked number of random bytes; base::random_bytes outside tests.
using RandomSource = std::function<std::string(std::size_t)>;

// The callback cryptography of one app: SHA-1 signature over the sorted strings, AES-256-CBC with
// the key's first half as IV, padding to blocks of 32 (not 16), the receiver's id behind the
// message. Immutable; thread-safe.
class MessageCrypto {
  public:
    // `encoding_aes_key` is the console's 43 letters and digits; `receive_id` the corp id of a
    // self-built app. Faults never hold the key.
    static base::Result<MessageCrypto> make(base::Secret token,
                                            const base::Secret& encoding_aes_key,
                                            std::string receive_id);

    // 40 lower-case hex digits.
    std::string signature(std::string_view timestamp,
                          std::string_view nonce,
                          std::string_view encrypted) const;
    // In constant time for a given length.
    bool verify(std::string_view signature,
                std::string_view timestamp,
                std::string_view nonce,
                std::string_view encrypted) const;
    // The message in Base64 ciphertext. A fault for wrong Base64, padding, length or receiver;
    // which of them is not for the peer to know.
    base::Result<std::string> decrypt(std::string_view encrypted) const;
    // Base64; `random16` must be 16 bytes.
    std::string encrypt(std::string_view message, std::string_view random16) const;

    const std::string& receive_id() const { return receive_id_; }

  private:
    MessageCrypto(base::Secret token, base::Secret key, std::string receive_id);

    base::Secret token_;
    base::Secret key_;  // 32 raw bytes
    std::string receive_id_;
};

// Whether both are equal, in a time that depends on their lengths only.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace hrbridge::wecom
