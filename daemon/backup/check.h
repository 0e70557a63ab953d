#pragma once

#include <optional>
#include <vector>

#include "daemon/backup/files.h"
#include "daemon/backup/manifest.h"
#include "migration/ledger/key_ring.h"

namespace hrbridge::backup {

enum class Sealed {
    KnownKey,  // of the configuration
    OtherKey,
    Not,
};

// What a folder is as a backup.
struct CheckedBackup {
    std::optional<Manifest> manifest;  // none: it is not known what the backup is
    Sealed sealed = Sealed::Not;
    std::string key;                   // hex of the fingerprint of the key that sealed it
    std::vector<ledger::Note> faults;  // empty: whole, each byte as it was written
};

// Reads every byte. `keys` may be null. Throws base::SystemError when the folder cannot be read.
CheckedBackup check_backup(const fs::path& folder, const ledger::KeyRing* keys, const Steps& steps);

// The manifest alone, held against its digest; no part is looked at.
CheckedBackup read_backup(const fs::path& folder, const ledger::KeyRing* keys);

}  // namespace hrbridge::backup
