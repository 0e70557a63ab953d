#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hrbridge::ledger {

// 32 bytes: a SHA-256, a root, a nonce. Zeros by default, which is also what the first entry has
// before it.
struct Digest {
    std::array<std::uint8_t, 32> bytes{};

    // nullopt for any other size.
    static std::optional<Digest> from_bytes(std::string_view bytes);
    // Lower-case digits only.
    static std::optional<Digest> from_hex(std::string_view hex);
    static Digest sha256_of(std::string_view bytes);

    std::string hex() const;
    std::string_view view() const;  // the 32 bytes
    friend auto operator<=>(const Digest&, const Digest&) = default;
};

}  // namespace hrbridge::ledger
