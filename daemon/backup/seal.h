#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "migration/ledger/key_ring.h"

namespace hrbridge::backup {

// What stands beside a manifest: its SHA-256, and over that the seal of the ledger's key, in lines
// of text.
struct ManifestSeal {
    std::string manifest_sha256;           // hex
    std::optional<ledger::PublicKey> key;  // none: not sealed
    std::string seal;

    std::string text() const;
    // Of the key that it names.
    bool holds() const;
};

// `keys` may be null.
ManifestSeal seal_of(std::string_view manifest, const ledger::KeyRing* keys);
// nullopt for anything but text() of a seal, to the last byte.
std::optional<ManifestSeal> parse_seal(std::string_view text);

}  // namespace hrbridge::backup
