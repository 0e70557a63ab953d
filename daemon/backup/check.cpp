#include "daemon/backup/check.h"

#include <map>
#include <utility>

#include "daemon/backup/seal.h"
#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::backup {
namespace {

constexpr std::size_t kMostSealBytes = 4096;

void check_part(const fs::path& folder,
                const store::CopiedFile& file,
                const PartSum& sum,
                const Steps& steps,
                std::vector<ledger::Note>& faults) {
    const fs::path path = folder / file.file;
    std::error_code none;
    if (!fs::is_regular_file(fs::symlink_status(path, none))) {
        faults.push_back({"part_missing", {{"file", file.file}}});
        return;
    }
    const FileDigest found = digest_of(path, steps);
    if (found.bytes != sum.bytes) {
        faults.push_back({"part_size",
                          {{"file", file.file},
                           {"found", std::to_string(found.bytes)},
                           {"wanted", std::to_string(sum.bytes)}}});
    } else if (found.sha256 != sum.sha256) {
        faults.push_back({"part_changed", {{"file", file.file}}});
    }
}

void check_names(const fs::path& folder,
                 const Manifest& manifest,
                 std::vector<ledger::Note>& faults) {
    std::map<std::string, bool> known{{kManifestFile, true}, {kSealFile, true}};
    for (const store::CopiedFile& file : manifest.copy.files) {
        known[file.file] = true;
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        if (const std::string name = entry.path().filename().string(); !known.contains(name)) {
            faults.push_back({"part_unknown", {{"file", name}}});
        }
    }
}

}  // namespace

CheckedBackup read_backup(const fs::path& folder, const ledger::KeyRing* keys) {
    CheckedBackup checked;
    const auto json = read_small_file(folder / kManifestFile, kMostManifestBytes);
    if (!json) {
        checked.faults.push_back({"no_backup", {{"folder", folder.string()}}});
        return checked;
    }
    const auto text = read_small_file(folder / kSealFile, kMostSealBytes);
    const auto seal = text ? parse_seal(*text) : std::nullopt;
    if (!seal) {
        checked.faults.push_back({"seal_unreadable"});
        return checked;
    }
    if (seal->manifest_sha256 != base::to_hex(base::sha256(*json))) {
        checked.faults.push_back({"manifest_changed"});
        return checked;
    }
    if (seal->key) {
        checked.key = seal->key->fingerprint().hex();
        if (!seal->holds()) {
            checked.faults.push_back({"seal_wrong"});
            return checked;
        }
        const bool known = keys != nullptr && keys->find(*seal->key) != nullptr;
        checked.sealed = known ? Sealed::KnownKey : Sealed::OtherKey;
    }
    auto manifest = parse_manifest(*json);
    if (auto* const note = std::get_if<ledger::Note>(&manifest)) {
        checked.faults.push_back(std::move(*note));
        return checked;
    }
    checked.manifest = std::get<Manifest>(std::move(manifest));
    return checked;
}

CheckedBackup check_backup(const fs::path& folder,
                           const ledger::KeyRing* keys,
                           const Steps& steps) {
    CheckedBackup checked = read_backup(folder, keys);
    if (!checked.manifest) {
        return checked;
    }
    std::int64_t before = 0;
    for (std::size_t i = 0; i < checked.manifest->sums.size(); ++i) {
        const PartSum& sum = checked.manifest->sums[i];
        const auto told = [&](std::int64_t bytes) {
            if (steps.progress) {
                steps.progress(before + bytes);
            }
        };
        check_part(
            folder, checked.manifest->copy.files[i], sum, {told, steps.stop}, checked.faults);
        before += sum.bytes;
    }
    check_names(folder, *checked.manifest, checked.faults);
    return checked;
}

}  // namespace hrbridge::backup
