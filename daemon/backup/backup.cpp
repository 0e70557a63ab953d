#include "daemon/backup/backup.h"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "daemon/backup/seal.h"
#include "daemon/backup/shelf.h"
#include "migration/ledger/ledger.h"

namespace hrbridge::backup {
namespace {

constexpr int kSealKeyVersion = 8;  // of the schema, from which on there is seal_key
constexpr int kLedgerVersion = 18;
// Beside the ids, none of which has a bracket.
constexpr std::string_view kSealKeys =
    "SELECT key_id FROM seal_key WHERE key_id NOT LIKE '(%' ORDER BY key_id";

// What only the store's own rows say.
void look_at(store::sql::Connection& connection, Manifest& manifest) {
    const int schema = store::schema_version(connection);
    if (schema >= kSealKeyVersion) {
        const auto rows = connection.query(kSealKeys, {});
        while (rows->next()) {
            manifest.seal_keys.push_back(rows->text(0));
        }
    }
    if (schema < kLedgerVersion) {
        return;
    }
    ledger::Ledger ledger(connection, nullptr);
    const auto head = ledger.head();
    if (!head) {
        return;
    }
    manifest.ledger = LedgerEnd{head->sequence, head->hash.hex(), {}, {}};
    if (!head->seal.empty()) {
        manifest.ledger->line = ledger::to_line(*head);
        const auto key = ledger.key();
        manifest.ledger->key = key ? key->fingerprint().hex() : std::string();
    }
}

// A folder that goes again unless it is finished.
class Unfinished {
  public:
    explicit Unfinished(fs::path path) : path_(std::move(path)) {
        if (::mkdir(path_.c_str(), 0700) != 0) {
            throw file_error("cannot make the folder " + path_.string());
        }
        if (auto lock = FolderLock::try_lock(path_)) {
            lock_.emplace(std::move(*lock));
        }
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    ~Unfinished() {
        if (!path_.empty()) {
            std::error_code left;  // the next backup removes it
            fs::remove_all(path_, left);
        }
    }
    const fs::path& path() const { return path_; }

    void finish(const fs::path& name) {
        sync_folder(path_);
        if (std::rename(path_.c_str(), name.c_str()) != 0) {
            throw file_error("cannot name the backup " + name.string());
        }
        path_.clear();
        sync_folder(name.parent_path());
    }

  private:
    fs::path path_;
    std::optional<FolderLock> lock_;
};

void check_room(const store::StoreOptions& store, const fs::path& folder) {
    const std::int64_t needed = store::copy_size(store);
    const std::int64_t free = free_bytes(folder);
    if (free < needed) {
        throw base::SystemError(
            "backup",
            "ENOSPC",
            base::Remedy::Retry,
            fmt::format("a backup takes about {} MiB and {} has {} MiB free; free space or give "
                        "another folder",
                        needed >> 20,
                        folder.string(),
                        free >> 20));
    }
}

}  // namespace

Backup make_backup(const BackupParts& parts,
                   const fs::path& folder,
                   const std::string& reason,
                   const Steps& steps) {
    make_folder(folder);
    remove_leftovers(folder);
    check_room(parts.store, folder);
    Manifest manifest;
    manifest.product = HRBRIDGE_VERSION;
    manifest.made_at = parts.clock.now();
    manifest.reason = reason;
    manifest.from = store::open_store(parts.store)->describe();
    const fs::path path = folder / backup_name(manifest.made_at);
    Unfinished made(folder / (kUnfinished + path.filename().string()));
    manifest.copy =
        store::copy_store(parts.store,
                          made.path().string(),
                          {[&](store::sql::Connection& copied) { look_at(copied, manifest); },
                           steps.progress,
                           steps.stop});
    for (const store::CopiedFile& file : manifest.copy.files) {
        sync_file(made.path() / file.file);
        const FileDigest digest = digest_of(made.path() / file.file, {{}, steps.stop});
        manifest.sums.push_back({digest.bytes, digest.sha256});
    }
    const std::string json = to_json(manifest);
    write_new_file(made.path() / kManifestFile, json);
    write_new_file(made.path() / kSealFile, seal_of(json, parts.keys).text());
    made.finish(path);
    return {path, std::move(manifest)};
}

}  // namespace hrbridge::backup
