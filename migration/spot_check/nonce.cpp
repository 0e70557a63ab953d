#include "migration/spot_check/nonce.h"

#include "daemon/base/error.h"
#include "daemon/store/repositories.h"
#include "migration/ledger/ledger.h"
#include "migration/ledger/lookup.h"

namespace hrbridge::spot_check {

std::optional<ledger::Entry> find_nonce(store::sql::Connection& live,
                                        const std::string& module,
                                        const ledger::Digest& content_root) {
    std::optional<ledger::Entry> first;
    ledger::find_newest(live, ledger::Kind::NonceGiven, module, [&](const ledger::Entry& entry) {
        if (std::get<ledger::NonceGiven>(entry.body).content_root == content_root) {
            first = entry;
        }
        return false;
    });
    return first;
}

ledger::Entry give_nonce(const Parts& parts,
                         store::sql::Connection& live,
                         const Subject& subject,
                         const ledger::Digest& content_root,
                         const Plan& plan,
                         const std::string& nonce) {
    store::sql::Transaction transaction(live);
    if (!store::LeaseRepository(live).holds(parts.lease.name, parts.lease.fencing_token)) {
        throw base::LeaseHeld("another process has taken over the rehearsals of this module");
    }
    ledger::NonceGiven body;
    body.rehearsal = subject.rehearsal;
    body.content_root = content_root;
    body.nonce = ledger::Digest::sha256_of(nonce);
    body.population = plan.population();
    body.sample = plan.rule.first.sample;
    body.reserve = plan.reserve_rows();
    body.decoys = plan.decoys_drawn;
    body.limit_ppm = plan.limit_ppm;
    body.confidence_ppm = plan.confidence_ppm;
    body.growth = growth_digest(plan);
    ledger::Entry entry = ledger::Ledger(live, parts.ledger_keys)
                              .append({parts.clock.now(), subject.module.name, parts.actor, body});
    transaction.commit();
    return entry;
}

}  // namespace hrbridge::spot_check
