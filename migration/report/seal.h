#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/store/sql.h"
#include "migration/ledger/entry.h"
#include "migration/ledger/key_ring.h"
#include "migration/report/report.h"

namespace hrbridge::report {

// Notes in the ledger that these bytes are the report `input.id`; gives the entry. One transaction
// of the live store.
ledger::Entry seal(store::sql::Connection& live,
                   const Input& input,
                   const std::string& form,
                   const std::string& language,
                   const ledger::Digest& file,
                   const ledger::KeyRing* ledger_keys);

enum class SealOutcome {
    Good,     // the file is as it was made
    Changed,  // it shows the number of a report that was another file
    Unknown,  // no report of this store
    Broken,   // the ledger has faults and proves nothing
};
struct SealFound {
    SealOutcome outcome = SealOutcome::Unknown;
    std::optional<ledger::Entry> entry;  // of the report
    std::int64_t faults = 0;             // of the ledger
};

// Holds a file, by its SHA-256 and the id that it shows, against the ledger, whose chain is
// verified. Outside a transaction.
SealFound find_seal(store::sql::Connection& live,
                    const std::vector<ledger::PublicKey>& trusted,
                    const ledger::Digest& file,
                    const std::string& id);

}  // namespace hrbridge::report
