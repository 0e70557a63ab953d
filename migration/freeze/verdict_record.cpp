#include "migration/freeze/verdict_record.h"

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/repositories.h"
#include "migration/check/check_run.h"
#include "migration/ledger/ledger.h"

namespace hrbridge::freeze {
namespace {

using rehearsal::Rehearsal;
using rehearsal::State;

bool is_before_freeze(const std::string& check) {
    return check == check::kFormat || check == check::kLogic || check == check::kReconciliation;
}

// Under the lease nobody else changes the state.
void may_record(store::sql::Connection& live,
                const Parts& parts,
                const Rehearsal& rehearsal,
                const std::string& check) {
    if (!store::LeaseRepository(live).holds(parts.lease.name, parts.lease.fencing_token)) {
        throw base::LeaseHeld("another process has taken over the rehearsals of this module");
    }
    const auto now = rehearsal::find(live, rehearsal.module, rehearsal.number);
    const State wanted = is_before_freeze(check) ? State::Checking : State::Frozen;
    if (!now || now->state != wanted) {
        throw base::StoreError(
            "rehearsal",
            base::Remedy::Stop,
            fmt::format("rehearsal {} of {} is {}: the check {} can no longer be recorded",
                        rehearsal.number,
                        rehearsal.module,
                        now ? to_string(now->state) : "gone",
                        check));
    }
}

void tell_ledger(ledger::Ledger& ledger,
                 const Parts& parts,
                 const Rehearsal& rehearsal,
                 const Judged& judged,
                 const std::vector<check::KeptVerdict>& kept) {
    for (const check::Verdict& verdict : judged.verdicts) {
        ledger.append({parts.clock.now(),
                       verdict.subject,
                       parts.actor,
                       ledger::Verdict{rehearsal.number,
                                       judged.check,
                                       verdict.rule,
                                       verdict.outcome,
                                       verdict.examined,
                                       verdict.failed,
                                       check::digest(verdict)}});
    }
    for (const ledger::Reconciliation& each : judged.reconciliations) {
        ledger.append({parts.clock.now(), each.mapping, parts.actor, each});
    }
    if (!is_before_freeze(judged.check)) {
        return;
    }
    ledger::CheckFinished finished{
        rehearsal.number, judged.check, judged.quick, 0, 0, check_digest(judged.check, kept)};
    for (const check::Verdict& verdict : judged.verdicts) {
        ++finished.verdicts;
        finished.failed += verdict.outcome == ledger::Outcome::Pass ? 0 : 1;
    }
    ledger.append({parts.clock.now(), rehearsal.module, parts.actor, finished});
}

}  // namespace

void record(const Parts& parts,
            const project::Project& project,
            const Rehearsal& rehearsal,
            const Judged& judged) {
    const auto live = store::open_store(parts.live)->connect();
    const auto side =
        store::open_store(store::side_options(parts.live, rehearsal.side()))->connect();
    const base::Timestamp now = parts.clock.now();
    may_record(*live, parts, rehearsal, judged.check);
    {
        store::sql::Transaction transaction(*side);
        check::forget_run(*side, judged.check);
        check::keep_verdicts(*side, judged.check, judged.verdicts, now);
        transaction.commit();
    }
    {
        store::sql::Transaction transaction(*live);
        may_record(*live, parts, rehearsal, judged.check);
        ledger::Ledger ledger(*live, parts.ledger_keys);
        tell_ledger(ledger, parts, rehearsal, judged, check::kept_verdicts(*side));
        transaction.commit();
    }
    store::sql::Transaction transaction(*side);
    check::keep_run(*side,
                    {judged.check,
                     project.hash,
                     rehearsal.mapping_set,
                     rehearsal.content_root.value_or(ledger::Digest()),
                     judged.quick,
                     now});
    transaction.commit();
}

}  // namespace hrbridge::freeze
