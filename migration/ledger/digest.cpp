#include "migration/ledger/digest.h"

#include <algorithm>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::ledger {

std::optional<Digest> Digest::from_bytes(std::string_view bytes) {
    Digest digest;
    if (bytes.size() != digest.bytes.size()) {
        return std::nullopt;
    }
    std::transform(bytes.begin(), bytes.end(), digest.bytes.begin(), [](char c) {
        return static_cast<std::uint8_t>(c);
    });
    return digest;
}

std::optional<Digest> Digest::from_hex(std::string_view hex) {
    const auto bytes = base::from_hex(hex);
    auto digest = bytes ? from_bytes(*bytes) : std::nullopt;
    return digest && digest->hex() == hex ? digest : std::nullopt;
}

Digest Digest::sha256_of(std::string_view bytes) {
    return *from_bytes(base::sha256(bytes));
}

std::string Digest::hex() const {
    return base::to_hex(view());
}

std::string_view Digest::view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace hrbridge::ledger
