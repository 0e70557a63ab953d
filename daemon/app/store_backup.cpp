#include "daemon/app/store_backup.h"

#include "daemon/backup/shelf.h"
#include "daemon/jobs/lease_keeper.h"
#include "daemon/store/repositories.h"

namespace hrbridge::app {
namespace {

constexpr const char* kLease = "backup";

double seconds_of(base::Timestamp at) {
    return std::chrono::duration<double>(at.time_since_epoch()).count();
}

}  // namespace

backup::Backup back_up_store(Services& services, const BackupAsked& asked) {
    const jobs::LeaseKeeper lease({*services.store, services.clock, services.log}, kLease);
    backup::Backup made =
        backup::make_backup({services.config.store,
                             services.ledger_keys ? &*services.ledger_keys : nullptr,
                             services.clock},
                            asked.folder,
                            asked.reason,
                            asked.steps);
    const auto connection = services.store->connect();
    store::AuditRepository(*connection)
        .add(asked.actor,
             "store.backup",
             made.path.filename().string(),
             asked.reason,
             services.clock.now());
    return made;
}

void run_scheduled_backup(Services& services, const std::stop_token& stop) {
    const BackupConfig& config = *services.config.backup;
    try {
        const backup::Backup made =
            back_up_store(services, {config.folder, backup::kBySchedule, "service", {{}, stop}});
        const std::int64_t removed =
            backup::remove_old_backups(config.folder, made.manifest.from, config.keep);
        services.log.info("backup done",
                          {{"path", made.path.string()},
                           {"bytes", std::to_string(made.manifest.bytes())},
                           {"rows", std::to_string(made.manifest.rows())},
                           {"removed", std::to_string(removed)}});
    } catch (const base::LeaseHeld&) {
        services.log.info("backup put off: another process makes one");
        throw base::Stopped();
    }
}

void measure_backup(Services& services) {
    if (services.config.backup) {
        const auto newest =
            backup::newest_backup(services.config.backup->folder, services.store->describe());
        services.metrics.backup_last_success_seconds.Add({}).Set(newest ? seconds_of(*newest) : 0);
    }
}

}  // namespace hrbridge::app
