#include "migration/sign_off/standing.h"

#include <algorithm>
#include <utility>

#include "migration/check/check_run.h"
#include "migration/freeze/freeze.h"
#include "migration/sign_off/acts.h"
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
        out_.draws = told_draws(told_, scope_.rehearsal.number, out_.content.root);
        out_.head = told_.head;
        out_.involved = involved(scope_, told_);
        for (const check::KeptVerdict& kept : out_.content.verdicts) {
            JudgedVerdict judged{kept.verdict, check::digest(kept.verdict), false, false, {}};
            judged.changed = judged.evidence != kept.evidence;
            out_.verdicts.push_back(std::move(judged));
        }
        for (const project::GoItem& item : go_items(scope_.module)) {
            out_.go.push_back({item.id, item.say, std::nullopt, "", {}});
        }
        Acts acts(scope_, told_, out_);
        for (const Told& each : told_.entries) {
            acts.take(each);
        }
        choose();
        judge_soundness();
        judge_signatures();
        judge_list();
        return std::move(out_);
    }

  private:
    void choose() {
        for (const GivenSignature& each : out_.signatures) {
            if (!each.stands()) {
                continue;
            }
            if (each.role == ledger::Role::Checker) {
                out_.checker = each;
            } else if (out_.involved.is_apart(each.account, each.loader)) {
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
        if (!out_.holds_frozen()) {
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
        if (out_.rolled_back && (!out_.checker || !out_.approver)) {
            out_.missing.push_back({"rolled_back", {{"entry", std::to_string(*out_.rolled_back)}}});
        }
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

std::set<std::string> Standing::accounts() const {
    std::set<std::string> all;
    for (const auto* const signature : {&checker, &approver}) {
        if (*signature) {
            all.insert((*signature)->account);
        }
    }
    for (const JudgedVerdict& each : verdicts) {
        for (const AcceptedLoss& loss : each.accepted) {
            all.insert(loss.account);
        }
    }
    for (const GoState& each : go) {
        if (each.go) {
            all.insert(each.account);
        }
    }
    return all;
}

bool may_be_accepted(const check::Verdict& verdict) {
    const auto quick = verdict.figures.find("quick");
    if (verdict.check == kSpotCheck || (quick != verdict.figures.end() && quick->second != 0)) {
        return false;
    }
    return verdict.outcome == ledger::Outcome::Fail ||
           (verdict.check == check::kReconciliation && verdict.why.code == check::kMovedSome);
}

Note open_note(const check::Verdict& verdict) {
    return note_of(may_be_accepted(verdict)      ? "verdict_open"
                   : verdict.check == kSpotCheck ? "verdict_of_sheet"
                                                 : "verdict_not_checked",
                   verdict);
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
            open.push_back(open_note(each.verdict));
        }
    }
    return open;
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
