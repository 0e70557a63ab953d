#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "daemon/store/sql.h"
#include "migration/ledger/findings.h"
#include "migration/ledger/head.h"
#include "migration/ledger/key_ring.h"
#include "migration/ledger/proof.h"

namespace hrbridge::ledger {

struct VerifyOptions {
    std::optional<Head> printed;        // a head from outside the store
    std::vector<PublicKey> trusted;     // keys known from elsewhere, e.g. the configuration
    std::vector<ContentProof*> proofs;  // in this order behind the ledger's own checks
    std::size_t show = 100;             // findings that are kept
    std::function<void(std::int64_t entries)> progress;  // now and then
    std::stop_token stop;                                // throws base::Stopped
};

struct VerifyReport {
    std::int64_t entries = 0;
    std::optional<Head> head;         // of the chain as stored; nullopt: none, or not readable
    std::vector<CheckResult> checks;  // one a check that had something before it
    std::vector<Finding> findings;    // the first ones
    std::int64_t findings_total = 0;

    // Fail when a check failed, else NotChecked when one was not made.
    Outcome outcome() const;
};

// Walks the whole chain once in one snapshot, in constant memory; writes nothing and needs no
// private key. Not inside a transaction of the connection.
VerifyReport verify(store::sql::Connection& connection, const VerifyOptions& options);

}  // namespace hrbridge::ledger
