#pragma once

#include <optional>
#include <string>
#include <variant>

#include "daemon/base/time.h"
#include "migration/ledger/key_ring.h"
#include "migration/ledger/ledger.h"
#include "migration/rehearsal/rehearser.h"
#include "migration/sign_off/standing.h"

namespace hrbridge::sign_off {

// An act of a person. The caller has proven the account's password; the key is proven here.
struct Act {
    std::string account;
    const ledger::PrivateKey& key;
    std::optional<std::string> loader = std::nullopt;    // as of ledger::Signature
    std::optional<std::string> sheet_by = std::nullopt;  // likewise
    std::string actor;                                   // who gave the command, for the audit
    base::Timestamp at;
    const ledger::KeyRing* ledger_keys = nullptr;
};

// The entry as it was written, or why nothing was written (sign_off::text).
using Acted = std::variant<ledger::Entry, ledger::Note>;

// Each is one transaction of the live store that checks the module's lease (`lease`, held by the
// caller), the account and its key once more. `standing` was computed under the same lease.

// Refused unless the content is sound (Standing::unsound), the signer entitled (not the other
// role's signer; as approver neither who loaded the rehearsal nor who judged its sheet, and behind
// the checker), what he says of who loaded is what was said first, and his role not signed already.
Acted sign(const Scope& scope,
           const rehearsal::Lease& lease,
           const Standing& standing,
           ledger::Role role,
           const Act& act);

// One of the reasons why a loss may be accepted, as codes.
inline constexpr const char* kLossReasons[] = {
    "source_defect", "corrected_later", "out_of_scope", "known_difference", "not_needed"};

// Accepts a verdict that may_be_accepted(). Refused to who loaded the rehearsal, to who judged its
// sheet and to the checker.
struct Loss {
    std::string check;
    std::string subject;
    std::string rule;
    std::string reason;
};
Acted accept_loss(const Scope& scope,
                  const rehearsal::Lease& lease,
                  const Standing& standing,
                  const Loss& loss,
                  const Act& act);

// Answers an item of the go/no-go list; the newest answer counts. Refused to who loaded the
// rehearsal and to who judged its sheet.
Acted answer_go(const Scope& scope,
                const rehearsal::Lease& lease,
                const Standing& standing,
                const std::string& item,
                bool go,
                const Act& act);

// Writes an entry for each signature that came to count no more since anybody looked; gives their
// number. From then on it counts no more for good.
std::int64_t record_voided(const Scope& scope,
                           const rehearsal::Lease& lease,
                           const Standing& standing,
                           const ledger::KeyRing* ledger_keys,
                           base::Timestamp at);

}  // namespace hrbridge::sign_off
