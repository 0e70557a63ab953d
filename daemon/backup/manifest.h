#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/store_copy.h"
#include "migration/ledger/note.h"

namespace hrbridge::backup {

inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr const char* kSealFile = "manifest.seal";
inline constexpr std::size_t kMostManifestBytes = 4UL << 20U;

// The end of the store's ledger as it was copied.
struct LedgerEnd {
    std::int64_t entry = 0;
    std::string hash;  // hex
    std::string line;  // as `store head` prints it; empty: not sealed
    std::string key;   // hex of the fingerprint of the key that sealed it; empty: not sealed
};

// A file's size and SHA-256; in the order of Manifest::copy.files.
struct PartSum {
    std::int64_t bytes = 0;
    std::string sha256;  // hex
};

// What a backup says of itself.
struct Manifest {
    std::string product;  // the version that made it
    base::Timestamp made_at;
    std::string reason;  // command, schedule or upgrade
    std::string from;    // Store::describe()
    store::StoreCopy copy;
    std::vector<PartSum> sums;
    std::optional<LedgerEnd> ledger;     // none: the ledger has no entry
    std::vector<std::string> seal_keys;  // ids of the keys without which fields stay sealed

    std::int64_t bytes() const;  // of all parts
    std::int64_t rows() const;
};

std::string to_json(const Manifest& manifest);
// Anything that to_json() does not write is a note: manifest_unreadable, manifest_newer.
std::variant<Manifest, ledger::Note> parse_manifest(std::string_view json);

}  // namespace hrbridge::backup
