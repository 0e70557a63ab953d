#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/time.h"
#include "migration/ledger/bodies.h"

namespace hrbridge::ledger {

// Of the bytes that are hashed and sealed (ARCHITECTURE.md, "Ledger").
inline constexpr std::int64_t kForm = 1;

struct Entry {
    std::int64_t sequence = 0;
    base::Timestamp at;
    std::string subject;
    std::string actor;
    Body body;
    Digest previous;
    Digest hash;
    std::string seal;       // 64 bytes; empty: the store had no key
    std::string signature;  // 64 bytes where signer_of(body); else empty
};

// What an entry's hash covers, as it is stored.
struct Hashed {
    std::int64_t sequence = 0;
    std::int64_t at = 0;  // microseconds since 1970-01-01 UTC
    std::string_view kind;
    std::string_view subject;
    std::string_view actor;
    std::string_view body;
    std::string_view previous;
};
Digest entry_hash(const Hashed& hashed);

// What the store's key and a person's key sign of an entry. The labels differ, so that neither can
// be passed off as the other.
std::string seal_message(std::int64_t sequence, base::Timestamp at, const Digest& hash);
std::string signature_message(std::int64_t sequence, base::Timestamp at, const Digest& hash);

}  // namespace hrbridge::ledger
