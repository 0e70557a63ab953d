#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/backup/check.h"
#include "daemon/base/clock.h"
#include "daemon/base/seal.h"
#include "daemon/store/store.h"

namespace hrbridge::backup {

struct RestoreParts {
    store::StoreOptions target;
    const ledger::KeyRing* ledger_keys = nullptr;
    const base::SealKeys* seal_keys = nullptr;
    base::Clock& clock;
};

struct RestoreWish {
    fs::path from;
    std::string actor;
    bool replace = false;   // a store that has rows; it is kept under another name
    bool unproven = false;  // also where the seal is not of a known key, or `prove` finds faults
    // Holds the restored store against itself before it is put in place; false: something is wrong.
    std::function<bool(store::Store& restored, const Manifest& manifest)> prove;
    Steps steps;
};

enum class Restored { Done, Damaged, Refused };

struct RestoreResult {
    Restored outcome = Restored::Refused;
    // What is wrong or in the way; behind a restore what is still to be done.
    std::vector<ledger::Note> notes;
    std::optional<Manifest> manifest;
    std::string kept;  // the name of the store that was there before; empty: none
};

// Makes a backup the store, whole or not at all: everything is read, checked, loaded beside the
// place of the store, brought to the newest schema version and proven before it is put there.
// Throws base::SystemError.
RestoreResult restore_backup(const RestoreParts& parts, const RestoreWish& wish);

}  // namespace hrbridge::backup
