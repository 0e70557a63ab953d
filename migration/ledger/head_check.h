#pragma once

#include <cstdint>
#include <vector>

#include "migration/ledger/chain_check.h"
#include "migration/ledger/findings.h"
#include "migration/ledger/head.h"

namespace hrbridge::ledger {

inline constexpr const char* kHeadCheck = "head";

// Holds a head that was printed or sent out against the chain as it passes.
class HeadCheck {
  public:
    HeadCheck(Head head, const std::vector<PublicKey>& trusted);

    // Behind ChainCheck::take() of the same entry.
    void take(const StoredEntry& stored, const ChainCheck& chain);
    // A key of this ledger.
    void add_key(const PublicKey& key);
    // Adds what is wrong: cut off, written anew, another store's.
    void finish(std::int64_t last, Findings& findings) const;

  private:
    Head head_;
    bool ours_ = false;  // its seal is by a key of this store
    bool seen_ = false;
    bool equal_ = false;
};

}  // namespace hrbridge::ledger
