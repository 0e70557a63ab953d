#include "daemon/app/retention_job.h"

#include "daemon/app/reject_retention.h"
#include "daemon/store/callback_inbox.h"
#include "daemon/store/repositories.h"
#include "daemon/store/terminal_inbox.h"

namespace hrbridge::app {

RetentionReport delete_old_rows(Services& services) {
    const RetentionConfig& keep = services.config.retention;
    const auto now = services.clock.now();
    const auto before = [&](std::int64_t days) { return now - std::chrono::days(days); };
    const auto connection = services.store->connect();
    RetentionReport report;
    report.rejects = purge_rejects(*connection, services.mappings, keep.rejects_days, now);
    report.runs = store::RunRepository(*connection).purge(before(keep.runs_days));
    report.callbacks = store::CallbackInbox(*connection).purge(before(keep.callbacks_days));
    report.messages = store::OutboxRepository(*connection).purge(before(keep.messages_days));
    report.punches = store::TerminalInbox(*connection).purge(before(keep.punches_days));
    report.sessions =
        store::AccountRepository(*connection).purge_sessions(before(keep.sessions_days));
    report.audit =
        store::AuditRepository(*connection).purge(before(keep.audit_days), "service", now);
    services.log.info("retention done",
                      {{"rejects", std::to_string(report.rejects)},
                       {"runs", std::to_string(report.runs)},
                       {"callbacks", std::to_string(report.callbacks)},
                       {"messages", std::to_string(report.messages)},
                       {"punches", std::to_string(report.punches)},
                       {"sessions", std::to_string(report.sessions)},
                       {"audit", std::to_string(report.audit)}});
    return report;
}

}  // namespace hrbridge::app
