#include "daemon/backup/seal.h"

#include <vector>

#include <fmt/format.h>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::backup {
namespace {

constexpr std::string_view kTitle = "hrbridge backup 1";
constexpr std::string_view kManifest = "manifest ";
constexpr std::string_view kKey = "key ";
constexpr std::string_view kSeal = "seal ";

std::string message_of(const std::string& manifest_sha256) {
    return fmt::format("{}\n{}{}\n", kTitle, kManifest, manifest_sha256);
}

std::string behind(std::string_view line, std::string_view word) {
    return line.substr(0, word.size()) == word ? std::string(line.substr(word.size()))
                                               : std::string();
}

}  // namespace

std::string ManifestSeal::text() const {
    std::string lines = message_of(manifest_sha256);
    if (key) {
        lines += fmt::format("{}{}\n{}{}\n", kKey, key->raw.hex(), kSeal, base::to_hex(seal));
    }
    return lines;
}

bool ManifestSeal::holds() const {
    return key && key->verifies(message_of(manifest_sha256), seal);
}

ManifestSeal seal_of(std::string_view manifest, const ledger::KeyRing* keys) {
    ManifestSeal made{base::to_hex(base::sha256(manifest)), std::nullopt, {}};
    if (keys != nullptr) {
        made.key = keys->current().public_key();
        made.seal = keys->current().sign(message_of(made.manifest_sha256));
    }
    return made;
}

std::optional<ManifestSeal> parse_seal(std::string_view text) {
    const std::vector<std::string_view> lines = base::split(text, '\n');
    if (lines.size() != 3 && lines.size() != 5) {
        return std::nullopt;
    }
    ManifestSeal seal{behind(lines[1], kManifest), std::nullopt, {}};
    if (lines.size() == 5) {
        const auto key = ledger::Digest::from_hex(behind(lines[2], kKey));
        const auto bytes = base::from_hex(behind(lines[3], kSeal));
        if (!key || !bytes) {
            return std::nullopt;
        }
        seal.key = ledger::PublicKey{*key};
        seal.seal = *bytes;
    }
    return seal.text() == text ? std::optional(seal) : std::nullopt;
}

}  // namespace hrbridge::backup
