#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "daemon/app/services.h"
#include "daemon/app/store_commands.h"
#include "daemon/backup/backup.h"

namespace hrbridge::app {

struct BackupAsked {
    std::string folder;
    std::string reason;  // backup::kByCommand and its kin
    std::string actor;
    backup::Steps steps;
};

// A backup of the services' store, with an entry in its audit. Throws base::LeaseHeld when another
// makes one of the same store, base::SystemError when it fails.
backup::Backup back_up_store(Services& services, const BackupAsked& asked);

// The job "backup": one of the configured folder, then the oldest ones go.
void run_scheduled_backup(Services& services, const std::stop_token& stop);

// Sets the gauge of the newest backup; nothing where none is configured.
void measure_backup(Services& services);

// `store backup`.
Exit run_backup(const CommandContext& context);
// `store restore`, in a process of its own only.
Exit run_restore(const CommandContext& context);
// Whether nobody is there to be asked and the configuration leaves the upgrade to a person; says
// so.
bool upgrade_waits(const CommandContext& context, int from, int to);
// Before a store with rows is upgraded; false: the backup failed and nothing may be upgraded.
bool back_up_before_upgrade(const CommandContext& context, int from, int to);

}  // namespace hrbridge::app
