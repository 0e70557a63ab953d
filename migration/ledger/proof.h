#pragma once

#include <cstdint>
#include <string>

#include "daemon/store/sql.h"
#include "migration/ledger/entry.h"
#include "migration/ledger/findings.h"
#include "migration/ledger/note.h"

namespace hrbridge::ledger {

// What a proof works with while the chain is walked: the store in the walk's own snapshot, and
// where findings go.
struct ProofContext {
    store::sql::Connection& connection;
    Findings& findings;
};

// What came of a check. `note` says it to a person; `examined` is what was looked at, in the
// check's own unit.
struct CheckResult {
    std::string check;
    Outcome outcome = Outcome::NotChecked;
    std::int64_t examined = 0;
    Note note;
};

// Holds something outside the ledger (promoted content, batch roots, a report's seal) against what
// the entries say of it. Keeps its own memory bounded.
class ContentProof {
  public:
    ContentProof() = default;
    ContentProof(const ContentProof&) = delete;
    ContentProof& operator=(const ContentProof&) = delete;
    virtual ~ContentProof() = default;

    // Names its check and its findings; none of the ledger's own names.
    virtual std::string name() const = 0;
    // Each entry about which nothing is wrong, in order.
    virtual void take(const Entry& entry, const ProofContext& context) = 0;
    // Behind the last entry. Pass with findings of this name counts as Fail; what could not be
    // looked at is NotChecked, with a note that says why. The check's name is filled in.
    virtual CheckResult finish(const ProofContext& context) = 0;
    // A note of this proof for people, "zh" or "en".
    virtual std::string text(const std::string& language, const Note& note) const = 0;
};

}  // namespace hrbridge::ledger
