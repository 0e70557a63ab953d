#include "migration/sign_off/told.h"

#include <utility>

#include "migration/ledger/seal_check.h"

namespace hrbridge::sign_off {
namespace {

bool is_kept(ledger::Kind kind) {
    return kind != ledger::Kind::RehearsalStep && kind != ledger::Kind::Batch &&
           kind != ledger::Kind::Reveal;
}

std::optional<std::int64_t> loaded(const ledger::Body& body) {
    if (const auto* const started = std::get_if<ledger::RehearsalStarted>(&body)) {
        return started->rehearsal;
    }
    if (const auto* const step = std::get_if<ledger::RehearsalStep>(&body)) {
        return step->rehearsal;
    }
    if (const auto* const finished = std::get_if<ledger::RehearsalFinished>(&body)) {
        return finished->rehearsal;
    }
    return std::nullopt;
}

// Sees only what the walk found nothing wrong with.
class Collector final : public ledger::ContentProof {
  public:
    Collector(std::string module, LedgerTold& told) : module_(std::move(module)), told_(told) {}

    std::string name() const override { return "sign_off"; }
    void take(const ledger::Entry& entry, const ledger::ProofContext& /*context*/) override {
        told_.keys.take(entry);
        const ledger::Kind kind = ledger::kind_of(entry.body);
        if (kind == ledger::Kind::SignerKeyAdded || kind == ledger::Kind::SignerKeyRevoked) {
            ++told_.key_entries;
            return;
        }
        if (entry.subject != module_) {
            return;
        }
        if (const auto* const reveal = std::get_if<ledger::Reveal>(&entry.body)) {
            ++told_.reveals[reveal->draw];
        }
        if (const auto rehearsal = loaded(entry.body)) {
            told_.loaders[*rehearsal].insert(entry.actor);
        }
        if (!is_kept(kind)) {
            return;
        }
        const auto signer = ledger::signer_of(entry.body);
        const SignerKey* const own = told_.keys.of(entry.actor);
        told_.entries.push_back({entry, signer && own != nullptr && own->key == *signer});
    }
    ledger::CheckResult finish(const ledger::ProofContext& /*context*/) override {
        return {"", ledger::Outcome::Pass, std::int64_t(told_.entries.size()), {}};
    }
    std::string text(const std::string& /*language*/, const ledger::Note& note) const override {
        return note.code;
    }

  private:
    std::string module_;
    LedgerTold& told_;
};

}  // namespace

bool has_good_key(const LedgerTold& told, const Told& act) {
    const auto key = ledger::signer_of(act.entry.body);
    const SignerKey* const known = key ? told.keys.find(*key) : nullptr;
    return act.by_own_key && known != nullptr && known->revoked.empty();
}

LedgerTold read_ledger(store::sql::Connection& live,
                       const std::string& module,
                       const std::vector<ledger::PublicKey>& trusted) {
    LedgerTold told;
    Collector collector(module, told);
    ledger::VerifyOptions options;
    options.trusted = trusted;
    options.proofs = {&collector};
    const ledger::VerifyReport report = ledger::verify(live, options);
    told.faults = report.findings_total;
    told.head = report.head;
    for (const ledger::CheckResult& check : report.checks) {
        if (check.check == ledger::kSealsCheck) {
            told.sealed = check.outcome == ledger::Outcome::Pass;
        }
    }
    return told;
}

std::int64_t count_key_entries(store::sql::Connection& live) {
    const auto rows = live.query(
        "SELECT count(*) FROM ledger_entry WHERE kind IN ('signer_key_added', "
        "'signer_key_revoked')",
        {});
    return rows->next() ? rows->integer(0) : 0;
}

}  // namespace hrbridge::sign_off
