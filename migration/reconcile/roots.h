#pragma once

#include <optional>
#include <vector>

#include "daemon/store/row_spool_join.h"
#include "migration/ledger/sha256.h"

namespace hrbridge::reconcile {

// The roots of both sides, over the rows that the store should have: the same exactly when no
// difference was found. Each is SHA-256 over key hash and row hash of each row in the order of the
// keys, into how many partitions the rows are spread having no part in it.
class Roots {
  public:
    // The rows of the store in one partition, partition by partition (in any order; sorted by
    // this), and what differs there.
    void add(std::vector<store::SweepRow>& stored,
             const std::vector<store::SweepDifference>& differences);

    // Once, at the end.
    struct Both {
        ledger::Digest source;
        ledger::Digest target;
    };
    Both finish();

  private:
    ledger::Sha256 target_;
    std::optional<ledger::Sha256> source_;  // from the first difference on; before it: target_
};

}  // namespace hrbridge::reconcile
