#pragma once

#include <string>

#include "daemon/backup/files.h"
#include "daemon/backup/manifest.h"
#include "daemon/base/clock.h"
#include "daemon/store/store.h"
#include "migration/ledger/key_ring.h"

namespace hrbridge::backup {

inline constexpr const char* kByCommand = "command";
inline constexpr const char* kBySchedule = "schedule";
inline constexpr const char* kBeforeUpgrade = "upgrade";

struct BackupParts {
    store::StoreOptions store;
    const ledger::KeyRing* keys = nullptr;  // seals; null: without a seal
    base::Clock& clock;
};

struct Backup {
    fs::path path;
    Manifest manifest;
};

// Makes a backup in a folder of its own below `folder`, while others write. Until all of it is on
// the disk its name begins with kUnfinished, so that nothing that was cut off looks like one; what
// failed is removed. Two at a time into one folder are fine. Throws base::SystemError.
Backup make_backup(const BackupParts& parts,
                   const fs::path& folder,
                   const std::string& reason,
                   const Steps& steps);

}  // namespace hrbridge::backup
