#include "migration/sign_off/standing.h"

#include <algorithm>
#include <set>
#include <utility>

#include "daemon/store/repositories.h"
#include "migration/freeze/freeze.h"
#include "migration/sign_off/texts.h"

namespace hrbridge::sign_off {
namespace {

using ledger::Note;

Note note_of(const char* code, const check::Verdict& verdict) {
    return {code,
            {{"check", verdict.check},
             {"subject", verdict.subject},
             {"rule", verdict.rule},
             {"outcome", std::string(ledger::to_string(verdict.outcome))},
             {"failed", std::to_string(verdict.failed)}}};
}

class Judge {
  public:
    Judge(const Scope& scope, const LedgerTold& told) : scope_(scope), told_(told) {}

    Standing run() {
        out_.content = content(scope_);
        out_.key_entries = told_.key_entries;
        out_.loader = account_of(scope_.live, scope_.rehearsal.actor);
        out_.sheet_by = sheet_worker();
        out_.draws = told_draws(told_, scope_.rehearsal.number, out_.content.root);
        for (const check::KeptVerdict& kept : out_.content.verdicts) {
            JudgedVerdict judged{kept.verdict, check::digest(kept.verdict), false, false, {}};
            judged.changed = judged.evidence != kept.evidence;
            out_.verdicts.push_back(std::move(judged));
        }
        for (const project::GoItem& item : go_items(scope_.module)) {
            out_.go.push_back({item.id, item.say, std::nullopt, "", {}});
        }
        for (const Told& each : told_.entries) {
            take(each);
        }
        choose();
        judge_soundness();
        judge_signatures();
        judge_list();
        return std::move(out_);
    }

  private:
    bool is_ours(std::int64_t rehearsal) const { return rehearsal == scope_.rehearsal.number; }

    // In use when it signed, and not revoked since.
    bool has_good_key(const Told& told, const ledger::PublicKey& key) const {
        const SignerKey* const known = told_.keys.find(key);
        return told.by_own_key && known != nullptr && known->revoked.empty();
    }
    // Whoever ran the rehearsal judges nothing of it but as checker. Where no record shows who that
    // was, the signer must have said so.
    bool is_apart(const std::string& account, const std::optional<std::string>& stated) const {
        const auto& loader = out_.loader ? out_.loader : stated;
        return loader && *loader != account;
    }

    bool is_other_content() const {
        return out_.frozen->content_root != out_.content.root ||
               out_.frozen->stored != out_.content.stored;
    }

    // Why a signature over `signed_content` does not hold for what is there now; empty: it does.
    std::string changed(const ledger::Digest& signed_content) const {
        if (signed_content == out_.content.digest) {
            return "";
        }
        if (out_.frozen && out_.frozen->mappings != out_.content.mappings) {
            return "mapping_changed";
        }
        if (out_.frozen && is_other_content()) {
            return "content_changed";
        }
        return "verdict_changed";
    }

    void take(const Told& told) {
        if (const auto* const signature = std::get_if<ledger::Signature>(&told.entry.body)) {
            if (is_ours(signature->rehearsal)) {
                take(told, *signature);
            }
        } else if (const auto* const voided = std::get_if<ledger::Voided>(&told.entry.body)) {
            for (GivenSignature& each : out_.signatures) {
                if (each.entry == voided->signature) {
                    each.voided = true;
                    each.void_reason = voided->reason;
                }
            }
        } else if (const auto* const loss = std::get_if<ledger::LossAccepted>(&told.entry.body)) {
            if (is_ours(loss->rehearsal)) {
                take(told, *loss);
            }
        } else if (const auto* const answer = std::get_if<ledger::GoAnswered>(&told.entry.body)) {
            if (is_ours(answer->rehearsal)) {
                take(told, *answer);
            }
        } else if (const auto* const verdict = std::get_if<ledger::Verdict>(&told.entry.body)) {
            if (is_ours(verdict->rehearsal)) {
                prove(*verdict);
            }
        } else if (const auto* const frozen = std::get_if<ledger::Frozen>(&told.entry.body)) {
            if (is_ours(frozen->rehearsal)) {
                out_.frozen = *frozen;
            }
        }
    }

    // The newest entry about a rule counts.
    void prove(const ledger::Verdict& told) {
        for (JudgedVerdict& each : out_.verdicts) {
            if (each.verdict.check == told.check && each.verdict.rule == told.rule) {
                each.proven = each.evidence == told.evidence;
            }
        }
    }

    void take(const Told& told, const ledger::Signature& signature) {
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
        } else if (!has_good_key(told, signature.key)) {
            given.void_reason = "key_revoked";
        } else {
            given.void_reason = changed(signature.content);
        }
        out_.signatures.push_back(std::move(given));
    }

    void take(const Told& told, const ledger::LossAccepted& loss) {
        if (!has_good_key(told, loss.key) || !is_apart(told.entry.actor, loss.loader) ||
            loss.content_root != out_.content.root) {
            return;
        }
        for (JudgedVerdict& each : out_.verdicts) {
            if (each.evidence == loss.evidence && each.verdict.check == loss.check &&
                each.verdict.subject == loss.subject && each.verdict.rule == loss.rule &&
                each.verdict.outcome == loss.outcome && each.verdict.failed == loss.failed) {
                each.accepted.push_back(
                    {told.entry.sequence, told.entry.actor, told.entry.at, loss.reason});
            }
        }
    }

    void take(const Told& told, const ledger::GoAnswered& answer) {
        if (!has_good_key(told, answer.key) || !is_apart(told.entry.actor, answer.loader) ||
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

    // Of the newest sheet that was judged for this rehearsal.
    std::optional<std::string> sheet_worker() const {
        std::set<std::int64_t> draws;
        std::optional<std::string> worker;
        for (const Told& each : told_.entries) {
            if (const auto* const draw = std::get_if<ledger::Draw>(&each.entry.body)) {
                if (is_ours(draw->rehearsal)) {
                    draws.insert(draw->draw);
                }
            } else if (const auto* const sheet =
                           std::get_if<ledger::CheckVerdicts>(&each.entry.body)) {
                if (draws.contains(sheet->draw)) {
                    worker = each.entry.actor;
                }
            }
        }
        return worker ? account_of(scope_.live, *worker) : std::nullopt;
    }

    void choose() {
        for (const GivenSignature& each : out_.signatures) {
            if (!each.stands()) {
                continue;
            }
            if (each.role == ledger::Role::Checker) {
                out_.checker = each;
            } else if (is_apart(each.account, each.loader)) {
                out_.approver = each;
            }
        }
    }

    void unsound(Note note) { out_.unsound.push_back(std::move(note)); }

    // By the ledger's entry of the freeze: the list of rehearsals and the verdicts' own evidence
    // are rows that somebody may have changed along.
    void judge_freeze() {
        const bool in_state = scope_.rehearsal.state == rehearsal::State::Frozen ||
                              scope_.rehearsal.state == rehearsal::State::Promoted;
        if (!in_state || !out_.frozen) {
            unsound({"not_frozen",
                     {{"module", scope_.module.name},
                      {"number", std::to_string(scope_.rehearsal.number)}}});
            return;
        }
        if (out_.frozen->plan.hex() != scope_.project.hash) {
            unsound({"plan_changed"});
        }
        if (out_.frozen->mappings != out_.content.mappings) {
            unsound({"mapping_changed"});
        }
        if (is_other_content()) {
            unsound({"content_changed"});
        }
        if (out_.frozen->verdicts != freeze::verdicts_digest(out_.content.verdicts)) {
            unsound({"verdicts_changed"});
        }
    }

    void judge_soundness() {
        if (told_.faults > 0) {
            unsound({"ledger_broken", {{"found", std::to_string(told_.faults)}}});
        } else if (!told_.sealed) {
            unsound({"ledger_unsealed"});
        }
        judge_freeze();
        for (const char* const check : kChecks) {
            if (std::none_of(out_.verdicts.begin(), out_.verdicts.end(), [&](const auto& each) {
                    return each.verdict.check == check;
                })) {
                unsound({"check_missing", {{"check", check}}});
            }
        }
        for (const JudgedVerdict& each : out_.verdicts) {
            if (each.changed) {
                unsound(note_of("verdict_changed", each.verdict));
            } else if (each.verdict.check == kSpotCheck && !each.proven) {
                unsound(note_of("verdict_unproven", each.verdict));
            }
        }
        for (Note& note : open_draws(out_.draws)) {
            unsound(std::move(note));
        }
        const auto account = [](const std::optional<GivenSignature>& signature) {
            return signature ? std::optional(signature->account) : std::nullopt;
        };
        for (Note& note : open_verdicts(out_, account(out_.approver), account(out_.checker))) {
            unsound(std::move(note));
        }
    }

    void judge_signatures() {
        const auto missing = [&](const char* code) { out_.missing.push_back({code}); };
        if (!out_.checker) {
            missing("checker_missing");
        }
        if (!out_.approver) {
            missing("approver_missing");
        } else if (out_.checker && out_.checker->account == out_.approver->account) {
            missing("same_person");
        }
    }

    void judge_list() {
        for (const GoState& each : out_.go) {
            if (!each.go.value_or(false)) {
                out_.undecided.push_back({each.go ? "go_refused" : "go_open", {{"item", each.id}}});
            }
        }
    }

    const Scope& scope_;
    const LedgerTold& told_;
    Standing out_;
};

}  // namespace

std::vector<Note> Standing::obstacles() const {
    std::vector<Note> all = unsound;
    all.insert(all.end(), missing.begin(), missing.end());
    all.insert(all.end(), undecided.begin(), undecided.end());
    return all;
}

std::vector<Note> open_verdicts(const Standing& standing,
                                const std::optional<std::string>& approver,
                                const std::optional<std::string>& checker) {
    std::vector<Note> open;
    for (const JudgedVerdict& each : standing.verdicts) {
        const bool accepted =
            std::any_of(each.accepted.begin(), each.accepted.end(), [&](const AcceptedLoss& loss) {
                return approver ? loss.account == *approver : loss.account != checker;
            });
        if (!each.passes() && !accepted) {
            open.push_back(note_of("verdict_open", each.verdict));
        }
    }
    return open;
}

std::optional<std::string> account_of(store::sql::Connection& live, const std::string& actor) {
    store::AccountRepository accounts(live);
    if (accounts.find(actor)) {
        return actor;
    }
    const std::size_t open = actor.find(" (");
    if (!actor.starts_with("uid ") || open == std::string::npos || !actor.ends_with(')')) {
        return std::nullopt;
    }
    const std::string name = actor.substr(open + 2, actor.size() - open - 3);
    return accounts.find(name) ? std::optional(name) : std::nullopt;
}

std::vector<project::GoItem> go_items(const project::Module& module) {
    if (!module.go_no_go.empty()) {
        return module.go_no_go;
    }
    std::vector<project::GoItem> items;
    for (const char* const id : {"backup", "announced", "rollback"}) {
        const Note note{std::string("go_item_") + id};
        items.push_back({id, {text("zh", note), text("en", note)}, 0});
    }
    return items;
}

Standing standing(const Scope& scope) {
    return standing(scope, read_ledger(scope.live, scope.module.name, scope.trusted));
}

Standing standing(const Scope& scope, const LedgerTold& told) {
    return Judge(scope, told).run();
}

}  // namespace hrbridge::sign_off
