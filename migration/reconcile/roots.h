#pragma once

#include <vector>

#include "daemon/store/row_spool_join.h"
#include "migration/ledger/digest.h"

namespace hrbridge::reconcile {

// The roots of both sides, over the rows that the store should have: the same exactly when no
// difference was found. Each is a chain: SHA-256 over the root so far and the SHA-256 of the next
// partition's rows, key hash and row hash in the order of the keys.
class Roots {
  public:
    // The rows of the store in one partition (in any order; sorted by this), and what differs
    // there.
    void add(std::vector<store::SweepRow>& stored,
             const std::vector<store::SweepDifference>& differences);

    const ledger::Digest& source() const { return source_; }
    const ledger::Digest& target() const { return target_; }

  private:
    ledger::Digest source_;
    ledger::Digest target_;
};

}  // namespace hrbridge::reconcile
