#include "migration/sign_off/sign.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/repositories.h"

namespace hrbridge::sign_off {
namespace {

using ledger::Note;

constexpr const char* kOwnActor = "hrbridge";

void require_lease(store::sql::Connection& live, const rehearsal::Lease& lease) {
    if (!store::LeaseRepository(live).holds(lease.name, lease.fencing_token)) {
        throw base::LeaseHeld("another process has taken over the rehearsals of this module");
    }
}

std::string place_of(const Scope& scope) {
    return fmt::format("{}/{}", scope.module.name, scope.rehearsal.number);
}

std::optional<Note> account_fault(store::sql::Connection& live, const std::string& name) {
    const auto account = store::AccountRepository(live).find(name);
    if (!account) {
        return Note{"no_account", {{"account", name}}};
    }
    return account->disabled ? std::optional(Note{"account_disabled", {{"account", name}}})
                             : std::nullopt;
}

// What keeps this person from acting at all.
std::optional<Note> signer_fault(const Scope& scope, const Act& act) {
    if (auto fault = account_fault(scope.live, act.account)) {
        return fault;
    }
    for (const auto* const stated : {&act.loader, &act.sheet_by}) {
        if (*stated && !store::AccountRepository(scope.live).find(**stated)) {
            return Note{"no_account", {{"account", **stated}}};
        }
    }
    const SignerKeys keys = read_ledger(scope.live, scope.module.name, scope.trusted).keys;
    const SignerKey* const own = keys.of(act.account);
    if (own == nullptr) {
        return Note{"no_key", {{"account", act.account}}};
    }
    if (own->key != act.key.public_key()) {
        return Note{
            "wrong_key",
            {{"account", act.account}, {"key", own->key.fingerprint().hex().substr(0, 16)}}};
    }
    return std::nullopt;
}

// One statement of who loaded holds for all acts: with another name in each, everybody could load
// and approve.
std::optional<Note> statement_fault(const Standing& standing, const Act& act) {
    const auto& stated = standing.involved.stated;
    if (act.loader && stated && *act.loader != stated->account) {
        return Note{"loader_stated",
                    {{"loader", stated->account}, {"entry", std::to_string(stated->entry)}}};
    }
    return std::nullopt;
}

// Who loaded the rehearsal or judged its sheet decides nothing about it.
std::optional<Note> part_fault(const Standing& standing, const Act& act) {
    const Involved& involved = standing.involved;
    if (auto fault = statement_fault(standing, act)) {
        return fault;
    }
    if (involved.is_unknown() && !act.loader) {
        return Note{"loader_unknown", {{"actor", *involved.strangers.begin()}}};
    }
    if (involved.has_loaded(act.account) || (involved.is_unknown() && *act.loader == act.account)) {
        return Note{"signer_is_loader", {{"account", act.account}}};
    }
    if (involved.judges.contains(act.account)) {
        return Note{"signer_is_judge", {{"account", act.account}}};
    }
    return std::nullopt;
}

std::optional<std::string> stated_loader(const Standing& standing, const Act& act) {
    return standing.involved.strangers.empty() ? std::nullopt : act.loader;
}

Acted write(const Scope& scope,
            const rehearsal::Lease& lease,
            const Standing& standing,
            const Act& act,
            const char* what,
            const std::string& detail,
            ledger::Body body) {
    store::sql::Transaction transaction(scope.live);
    require_lease(scope.live, lease);
    if (auto fault = account_fault(scope.live, act.account)) {
        return std::move(*fault);
    }
    if (count_key_entries(scope.live) != standing.key_entries) {
        return Note{"keys_changed"};
    }
    store::AuditRepository(scope.live).add(act.actor, what, place_of(scope), detail, act.at);
    ledger::Entry entry =
        ledger::Ledger(scope.live, act.ledger_keys)
            .append({act.at, scope.module.name, act.account, std::move(body)}, &act.key);
    transaction.commit();
    return entry;
}

std::optional<Note> checker_fault(const Standing& standing, const Act& act) {
    if (standing.checker) {
        return Note{"signed_already", {{"account", standing.checker->account}}};
    }
    if (standing.approver && standing.approver->account == act.account) {
        return Note{"same_person_sign", {{"account", act.account}}};
    }
    const auto& known = standing.involved.sheet_by;
    const auto& worker = known ? known : act.sheet_by;
    if (!worker) {
        return Note{"sheet_unknown"};
    }
    if (*worker != act.account && act.sheet_by != *worker) {
        return Note{"sheet_by_other", {{"account", act.account}, {"worker", *worker}}};
    }
    return statement_fault(standing, act);
}

std::optional<Note> approver_fault(const Standing& standing, const Act& act) {
    if (auto fault = part_fault(standing, act)) {
        return fault;
    }
    if (standing.approver) {
        return Note{"signed_already", {{"account", standing.approver->account}}};
    }
    if (!standing.checker) {
        return Note{"checker_first"};
    }
    if (standing.checker->account == act.account) {
        return Note{"same_person_sign", {{"account", act.account}}};
    }
    const std::vector<Note> open = open_verdicts(standing, act.account, standing.checker->account);
    if (!open.empty()) {
        Note note = open.front();
        note.code = "accepted_by_other";
        return note;
    }
    return std::nullopt;
}

}  // namespace

Acted sign(const Scope& scope,
           const rehearsal::Lease& lease,
           const Standing& standing,
           ledger::Role role,
           const Act& act) {
    if (!standing.unsound.empty()) {
        return standing.unsound.front();
    }
    auto fault = signer_fault(scope, act);
    if (!fault) {
        fault = role == ledger::Role::Checker ? checker_fault(standing, act)
                                              : approver_fault(standing, act);
    }
    if (fault) {
        return std::move(*fault);
    }
    ledger::Signature signature{
        scope.rehearsal.number, role, standing.content.digest, act.key.public_key()};
    signature.loader = stated_loader(standing, act);
    if (role == ledger::Role::Checker && standing.involved.sheet_by != act.account &&
        act.sheet_by != act.account) {
        signature.sheet_by = act.sheet_by;
    }
    return write(scope,
                 lease,
                 standing,
                 act,
                 "migrate.sign",
                 fmt::format("{} {}", ledger::to_string(role), act.account),
                 signature);
}

Acted accept_loss(const Scope& scope,
                  const rehearsal::Lease& lease,
                  const Standing& standing,
                  const Loss& loss,
                  const Act& act) {
    const auto verdict =
        std::find_if(standing.verdicts.begin(), standing.verdicts.end(), [&](const auto& each) {
            return each.verdict.check == loss.check && each.verdict.subject == loss.subject &&
                   each.verdict.rule == loss.rule;
        });
    if (verdict == standing.verdicts.end()) {
        return Note{"no_verdict",
                    {{"check", loss.check}, {"subject", loss.subject}, {"rule", loss.rule}}};
    }
    if (verdict->passes()) {
        return Note{"passes_already", {{"rule", loss.rule}}};
    }
    if (!may_be_accepted(verdict->verdict)) {
        return open_note(verdict->verdict);
    }
    if (verdict->changed || scope.rehearsal.state != rehearsal::State::Frozen) {
        return Note{verdict->changed ? "verdict_changed" : "not_frozen",
                    {{"check", loss.check},
                     {"subject", loss.subject},
                     {"rule", loss.rule},
                     {"module", scope.module.name},
                     {"number", std::to_string(scope.rehearsal.number)}}};
    }
    if (std::find(std::begin(kLossReasons), std::end(kLossReasons), loss.reason) ==
        std::end(kLossReasons)) {
        return Note{"no_reason", {{"reason", loss.reason}}};
    }
    if (auto fault = signer_fault(scope, act)) {
        return std::move(*fault);
    }
    if (auto fault = part_fault(standing, act)) {
        return std::move(*fault);
    }
    if (standing.checker && standing.checker->account == act.account) {
        return Note{"same_person_sign", {{"account", act.account}}};
    }
    return write(scope,
                 lease,
                 standing,
                 act,
                 "migrate.accept",
                 fmt::format("{} {} {} {}", loss.check, loss.subject, loss.rule, act.account),
                 ledger::LossAccepted{scope.rehearsal.number,
                                      loss.check,
                                      loss.subject,
                                      loss.rule,
                                      verdict->verdict.outcome,
                                      verdict->verdict.failed,
                                      verdict->evidence,
                                      standing.content.root,
                                      loss.reason,
                                      act.key.public_key(),
                                      stated_loader(standing, act)});
}

Acted answer_go(const Scope& scope,
                const rehearsal::Lease& lease,
                const Standing& standing,
                const std::string& item,
                bool go,
                const Act& act) {
    if (std::none_of(standing.go.begin(), standing.go.end(), [&](const GoState& each) {
            return each.id == item;
        })) {
        return Note{"no_item", {{"item", item}}};
    }
    if (auto fault = signer_fault(scope, act)) {
        return std::move(*fault);
    }
    if (auto fault = part_fault(standing, act)) {
        return std::move(*fault);
    }
    return write(scope,
                 lease,
                 standing,
                 act,
                 "migrate.go",
                 fmt::format("{} {} {}", item, go ? "go" : "no-go", act.account),
                 ledger::GoAnswered{scope.rehearsal.number,
                                    item,
                                    go,
                                    standing.content.digest,
                                    act.key.public_key(),
                                    stated_loader(standing, act)});
}

std::int64_t record_voided(const Scope& scope,
                           const rehearsal::Lease& lease,
                           const Standing& standing,
                           const ledger::KeyRing* ledger_keys,
                           base::Timestamp at) {
    std::vector<const GivenSignature*> fallen;
    for (const GivenSignature& each : standing.signatures) {
        if (!each.stands() && !each.voided) {
            fallen.push_back(&each);
        }
    }
    if (fallen.empty()) {
        return 0;
    }
    store::sql::Transaction transaction(scope.live);
    require_lease(scope.live, lease);
    ledger::Ledger ledger(scope.live, ledger_keys);
    for (const GivenSignature* const each : fallen) {
        ledger.append(
            {at,
             scope.module.name,
             kOwnActor,
             ledger::Voided{
                 each->entry, each->void_reason, each->content, standing.content.digest}});
    }
    transaction.commit();
    return static_cast<std::int64_t>(fallen.size());
}

}  // namespace hrbridge::sign_off
