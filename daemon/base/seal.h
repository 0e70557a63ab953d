#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/keyed_digest.h"
#include "daemon/base/result.h"
#include "daemon/base/secret.h"

namespace hrbridge::base {

// The keys that seal personal fields: AES-256-GCM, 12 random nonce bytes, 16 tag bytes. Sealed
// bytes are: version byte 1, 1 length byte + key id, nonce, ciphertext, tag. The associated data is
// what stands before the nonce and then the place ("person.id_number/AB000123"), so a sealed field
// cannot be moved to another row. Immutable after construction; thread-safe.
class SealKeys {
  public:
    // `keys` maps key id (1-32 characters a-z 0-9 - _) to 32 raw bytes; `current` seals, all open.
    // `eldest` makes the digests; "": the current one. Faults name the id, never the key.
    static Result<SealKeys> make(std::map<std::string, Secret> keys,
                                 std::string current,
                                 std::string eldest = "");
    // One key a line, "id:base64", the first is current, the last the eldest. The form of the
    // credential file.
    static Result<SealKeys> parse(const Secret& text);
    // A new line for such a file.
    static Secret generate(std::string_view id);

    std::string seal(std::string_view plain, std::string_view place) const;
    // The same where the bytes lie, without a copy of them when the string has kMostBeside bytes of
    // room: a refused row may have a cell of many MiB.
    std::string seal_in_place(std::string plain, std::string_view place) const;
    // What sealing adds at most.
    static constexpr std::size_t kMostBeside = 2 + 32 + 12 + 16;
    // A fault when the key id is unknown, the bytes were changed or the place is another.
    Result<std::string> open(std::string_view sealed, std::string_view place) const;
    // Digests under a key that is derived from the eldest one for this purpose alone: a new current
    // key leaves them as they are, and what one purpose shows tells nothing about another.
    KeyedDigest digest(std::string_view purpose) const;
    const std::string& current() const { return current_; }
    const std::string& eldest() const { return eldest_; }
    std::vector<std::string> ids() const;
    // Tells whether another holder of a key with this id has the same one, and nothing of the key:
    // HMAC-SHA-256 of the id under a key that is derived for this purpose alone. `id` is of ids().
    std::string check_value(const std::string& id) const;
    // The same of the key as the one that digests, whatever its id.
    std::string digest_check_value(const std::string& id) const;
    // The bytes with which all that is sealed under this id begins.
    static std::string sealed_prefix(std::string_view id);

  private:
    SealKeys() = default;
    std::map<std::string, Secret> keys_;
    std::string current_;
    std::string eldest_;
};

}  // namespace hrbridge::base
