#include "migration/spot_check/proof.h"

#include "migration/spot_check/texts.h"

namespace hrbridge::spot_check {

void DrawProof::take(const ledger::Entry& entry, const ledger::ProofContext& context) {
    if (const auto* const given = std::get_if<ledger::NonceGiven>(&entry.body)) {
        const auto [at, added] = nonces_.try_emplace(
            {entry.subject, given->content_root}, Nonce{entry.sequence, entry.hash, given->nonce});
        if (!added) {
            context.findings.add(name(),
                                 entry.sequence,
                                 {"nonce_twice", {{"entry", std::to_string(at->second.entry)}}});
        }
    } else if (const auto* const draw = std::get_if<ledger::Draw>(&entry.body)) {
        take_draw(entry, *draw, context);
    } else if (const auto* const sheet = std::get_if<ledger::CheckVerdicts>(&entry.body)) {
        const auto found = draws_.find({entry.subject, sheet->draw});
        if (found != draws_.end() && sheet->outcome == ledger::Outcome::Fail) {
            failed_.insert(found->second);
        }
    }
}

void DrawProof::take_draw(const ledger::Entry& entry,
                          const ledger::Draw& draw,
                          const ledger::ProofContext& context) {
    const Content content{entry.subject, draw.content_root};
    const std::map<std::string, std::string> values{{"draw", std::to_string(draw.draw)}};
    draws_.try_emplace({entry.subject, draw.draw}, content);
    if (!draw.terms) {
        return;
    }
    const auto nonce = nonces_.find(content);
    if (nonce == nonces_.end() || nonce->second.entry != *draw.terms ||
        nonce->second.hash != draw.head || nonce->second.nonce != draw.nonce) {
        context.findings.add(name(), entry.sequence, {"draw_without_nonce", values});
    }
    if (failed_.contains(content)) {
        context.findings.add(name(), entry.sequence, {"draw_after_fail", values});
    }
}

ledger::CheckResult DrawProof::finish(const ledger::ProofContext& context) {
    const auto examined = static_cast<std::int64_t>(draws_.size());
    const std::int64_t found = context.findings.count(name());
    return {"",
            ledger::Outcome::Pass,
            examined,
            {found > 0 ? "draws_fail" : "draws_pass",
             {{"examined", std::to_string(examined)}, {"found", std::to_string(found)}}}};
}

std::string DrawProof::text(const std::string& language, const ledger::Note& note) const {
    return spot_check::text(language, note);
}

}  // namespace hrbridge::spot_check
