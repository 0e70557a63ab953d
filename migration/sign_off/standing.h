#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "migration/ledger/bodies.h"
#include "migration/ledger/note.h"
#include "migration/sign_off/content.h"
#include "migration/sign_off/draws.h"
#include "migration/sign_off/involved.h"
#include "migration/sign_off/told.h"

namespace hrbridge::sign_off {

// Every check that a module must have been through; a check without a verdict was not made.
inline constexpr const char* kSpotCheck = "spot_check";
inline constexpr const char* kChecks[] = {"format", "logic", "reconciliation", kSpotCheck};

// A signature that was given for this rehearsal.
struct GivenSignature {
    std::int64_t entry = 0;  // its sequence in the ledger
    ledger::Role role = ledger::Role::Checker;
    std::string account;
    base::Timestamp at;
    ledger::Digest content;  // that was signed
    std::optional<std::string> loader;
    std::optional<std::string> sheet_by;
    // Why it counts no more: mapping_changed, content_changed, verdict_changed, key_revoked,
    // key_unknown, rolled_back; empty: it stands.
    std::string void_reason;
    bool voided = false;  // the ledger says so, and it stays so whatever becomes of the content

    bool stands() const { return void_reason.empty(); }
};

// A verdict that is no pass, taken as it is.
struct AcceptedLoss {
    std::int64_t entry = 0;
    std::string account;
    base::Timestamp at;
    std::string reason;
};

struct JudgedVerdict {
    check::Verdict verdict;
    ledger::Digest evidence;  // of the verdict as it is now
    bool changed = false;     // since it was judged
    // Whether the ledger says the same; of verdicts that the freeze covers it is the freeze's.
    bool proven = false;
    std::vector<AcceptedLoss> accepted;  // that hold for the verdict as it is now, oldest first

    bool passes() const { return verdict.outcome == ledger::Outcome::Pass; }
};

// An item of the go/no-go list with its newest answer that holds for the present content.
struct GoState {
    std::string id;
    project::Title say;
    std::optional<bool> go;  // nullopt: nobody answered
    std::string account;
    base::Timestamp at;
};

struct Standing {
    Content content;
    std::optional<ledger::Frozen> frozen;  // the newest freeze
    Involved involved;
    // The ledger's entry of the last rollback of this rehearsal's promotion: what was signed,
    // accepted and answered before it counts no more.
    std::optional<std::int64_t> rolled_back;
    std::vector<JudgedVerdict> verdicts;     // by check, subject and rule
    std::vector<GivenSignature> signatures;  // oldest first, with those that count no more
    std::optional<GivenSignature> checker;   // the newest that stands
    std::optional<GivenSignature> approver;
    std::vector<GoState> go;
    std::vector<ToldDraw> draws;  // that the spot check of this content rests on, oldest first
    std::int64_t key_entries = 0;
    std::optional<ledger::Head> head;  // of the ledger, as it was read for this

    // What stands between the rehearsal and its promotion, in words (sign_off::text). Nobody may
    // sign while there are obstacles of the first kind.
    std::vector<ledger::Note> unsound;  // ledger, freeze, mappings, content, checks, open verdicts
    std::vector<ledger::Note> missing;  // missing signatures
    std::vector<ledger::Note> undecided;  // items of the go/no-go list

    // Whether the rehearsal's store holds what was frozen; only where there is a freeze.
    bool holds_frozen() const {
        return frozen->content_root == content.root && frozen->stored == content.stored;
    }
    // Whether the module may be promoted.
    bool stands() const { return unsound.empty() && missing.empty() && undecided.empty(); }
    std::vector<ledger::Note> obstacles() const;  // all three
    // Whose signatures, accepted losses and answers it rests on.
    std::set<std::string> accounts() const;
};

// Whether a person may take this verdict, which is no pass, as it is. Never the spot check's, which
// stands for all rows that nobody looked at, and never what was not checked, but for one case: rows
// that their source changed after the load can no longer be compared, and the first sync behind the
// promotion brings them. What a quick reconciliation says is no reconciliation either way.
bool may_be_accepted(const check::Verdict& verdict);
// Why this verdict, which is no pass, stands in the way, with what to do.
ledger::Note open_note(const check::Verdict& verdict);

// Computes everything anew, the ledger's chain and the content root among it; writes nothing.
Standing standing(const Scope& scope);
// The same by what was read of the ledger just now.
Standing standing(const Scope& scope, const LedgerTold& told);

// Verdicts that neither pass nor are accepted. With an approver only what he accepted himself
// counts; without one what anybody but the checker did.
std::vector<ledger::Note> open_verdicts(const Standing& standing,
                                        const std::optional<std::string>& approver,
                                        const std::optional<std::string>& checker);

// The go/no-go list of a module: its own, or what is asked where the project file has none.
std::vector<project::GoItem> go_items(const project::Module& module);

}  // namespace hrbridge::sign_off
