#include "daemon/app/retention_job.h"

#include "daemon/app/erasing.h"
#include "daemon/app/fact_retention.h"
#include "daemon/app/held_leases.h"
#include "daemon/app/reject_retention.h"
#include "daemon/base/error.h"
#include "daemon/store/callback_inbox.h"
#include "daemon/store/repositories.h"
#include "daemon/store/terminal_inbox.h"
#include "migration/promotion/record.h"
#include "migration/rehearsal/rehearser.h"

namespace hrbridge::app {
namespace {

// Of modules that nobody works on now; the others have another night.
std::int64_t forget_promotions(Services& services) {
    const auto connection = services.store->connect();
    std::vector<std::string> modules;
    {
        const auto rows = connection->query(
            "SELECT DISTINCT module FROM promotion WHERE forgotten_at IS NULL AND rollback_until < "
            "$1 ORDER BY module",
            {services.clock.now()});
        while (rows->next()) {
            modules.push_back(rows->text(0));
        }
    }
    std::int64_t forgotten = 0;
    for (const std::string& module : modules) {
        try {
            HeldLeases leases(services);
            leases.take(rehearsal::lease_name(module));
            store::sql::Transaction transaction(*connection);
            leases.require(*connection);
            promotion::forget_old(*connection, module, services.clock.now());
            transaction.commit();
            ++forgotten;
        } catch (const base::LeaseHeld&) {
            continue;
        }
    }
    return forgotten;
}

}  // namespace

RetentionReport delete_old_rows(Services& services, const std::stop_token& stop) {
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
    report.promotions = forget_promotions(services);
    keep_erased(services);
    const PastTerm people = erase_past_term(services, stop);
    report.people = people.erased;
    if (!people.put_off.empty()) {
        services.log.notice("people past retention.employment_days are not erased yet",
                            {{"why", people.put_off}});
    }
    const FactRetention facts = keep_facts_by_term(services, stop);
    report.facts = facts.rows;
    if (!facts.put_off.empty()) {
        services.log.notice("facts past retention.facts_months are not all deleted yet",
                            {{"why", facts.put_off}});
    }
    services.log.info("retention done",
                      {{"rejects", std::to_string(report.rejects)},
                       {"runs", std::to_string(report.runs)},
                       {"callbacks", std::to_string(report.callbacks)},
                       {"messages", std::to_string(report.messages)},
                       {"punches", std::to_string(report.punches)},
                       {"sessions", std::to_string(report.sessions)},
                       {"audit", std::to_string(report.audit)},
                       {"promotions", std::to_string(report.promotions)},
                       {"people", std::to_string(report.people)},
                       {"facts", std::to_string(report.facts)}});
    return report;
}

}  // namespace hrbridge::app
