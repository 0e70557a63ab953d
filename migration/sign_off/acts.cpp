#include "migration/sign_off/acts.h"

#include <utility>

namespace hrbridge::sign_off {

bool Acts::counts(const Told& told, const std::optional<std::string>& loader) const {
    return has_good_key(told_, told) && out_.involved.is_apart(told.entry.actor, loader);
}

// Why a signature over `signed_content` does not hold for what is there now; empty: it does.
std::string Acts::changed(const ledger::Digest& signed_content) const {
    if (signed_content == out_.content.digest) {
        return "";
    }
    if (out_.frozen && out_.frozen->mappings != out_.content.mappings) {
        return "mapping_changed";
    }
    if (out_.frozen && !out_.holds_frozen()) {
        return "content_changed";
    }
    return "verdict_changed";
}

void Acts::take(const Told& told) {
    const ledger::Body& body = told.entry.body;
    if (const auto* const signature = std::get_if<ledger::Signature>(&body)) {
        take(told, *signature);
    } else if (const auto* const loss = std::get_if<ledger::LossAccepted>(&body)) {
        take(told, *loss);
    } else if (const auto* const answer = std::get_if<ledger::GoAnswered>(&body)) {
        take(told, *answer);
    } else if (const auto* const voided = std::get_if<ledger::Voided>(&body)) {
        take(*voided);
    } else if (const auto* const verdict = std::get_if<ledger::Verdict>(&body)) {
        take(*verdict);
    } else if (const auto* const rollback = std::get_if<ledger::Rollback>(&body)) {
        take(told, *rollback);
    } else if (const auto* const promotion = std::get_if<ledger::Promotion>(&body)) {
        if (is_ours(promotion->rehearsal)) {
            promotions_.insert(told.entry.sequence);
        }
    } else if (const auto* const frozen = std::get_if<ledger::Frozen>(&body)) {
        if (is_ours(frozen->rehearsal)) {
            out_.frozen = *frozen;
        }
    }
}

void Acts::take(const Told& told, const ledger::Signature& signature) {
    if (!is_ours(signature.rehearsal)) {
        return;
    }
    GivenSignature given;
    given.entry = told.entry.sequence;
    given.role = signature.role;
    given.account = told.entry.actor;
    given.at = told.entry.at;
    given.content = signature.content;
    given.loader = signature.loader;
    given.sheet_by = signature.sheet_by;
    if (!told.by_own_key) {
        given.void_reason = "key_unknown";
    } else if (!has_good_key(told_, told)) {
        given.void_reason = "key_revoked";
    } else {
        given.void_reason = changed(signature.content);
    }
    out_.signatures.push_back(std::move(given));
}

void Acts::take(const Told& told, const ledger::LossAccepted& loss) {
    if (!is_ours(loss.rehearsal) || !counts(told, loss.loader) ||
        loss.content_root != out_.content.root) {
        return;
    }
    for (JudgedVerdict& each : out_.verdicts) {
        if (may_be_accepted(each.verdict) && each.evidence == loss.evidence &&
            each.verdict.check == loss.check && each.verdict.subject == loss.subject &&
            each.verdict.rule == loss.rule && each.verdict.outcome == loss.outcome &&
            each.verdict.failed == loss.failed) {
            each.accepted.push_back(
                {told.entry.sequence, told.entry.actor, told.entry.at, loss.reason});
        }
    }
}

void Acts::take(const Told& told, const ledger::GoAnswered& answer) {
    if (!is_ours(answer.rehearsal) || !counts(told, answer.loader) ||
        answer.content != out_.content.digest) {
        return;
    }
    for (GoState& each : out_.go) {
        if (each.id == answer.item) {
            each.go = answer.go;
            each.account = told.entry.actor;
            each.at = told.entry.at;
        }
    }
}

void Acts::take(const ledger::Voided& voided) {
    for (GivenSignature& each : out_.signatures) {
        if (each.entry == voided.signature) {
            each.voided = true;
            each.void_reason = voided.reason;
        }
    }
}

// The newest entry about a rule counts.
void Acts::take(const ledger::Verdict& verdict) {
    if (!is_ours(verdict.rehearsal)) {
        return;
    }
    for (JudgedVerdict& each : out_.verdicts) {
        if (each.verdict.check == verdict.check && each.verdict.rule == verdict.rule) {
            each.proven = each.evidence == verdict.evidence;
        }
    }
}

// What was decided led to a promotion that somebody had to undo: it is to be decided anew, though
// the content is the same.
void Acts::take(const Told& told, const ledger::Rollback& rollback) {
    if (!promotions_.contains(rollback.promotion)) {
        return;
    }
    out_.rolled_back = told.entry.sequence;
    for (GivenSignature& each : out_.signatures) {
        if (!each.voided) {
            each.void_reason = "rolled_back";
        }
    }
    for (JudgedVerdict& each : out_.verdicts) {
        each.accepted.clear();
    }
    for (GoState& each : out_.go) {
        each.go = std::nullopt;
        each.account.clear();
        each.at = {};
    }
}

}  // namespace hrbridge::sign_off
