#include "migration/ledger/head_check.h"

#include <algorithm>
#include <utility>

#include "migration/ledger/entry.h"

namespace hrbridge::ledger {

HeadCheck::HeadCheck(Head head, const std::vector<PublicKey>& trusted) : head_(std::move(head)) {
    for (const PublicKey& key : trusted) {
        add_key(key);
    }
}

void HeadCheck::add_key(const PublicKey& key) {
    ours_ = ours_ || key.verifies(seal_message(head_.sequence, head_.at, head_.hash), head_.seal);
}

void HeadCheck::take(const StoredEntry& stored, const ChainCheck& chain) {
    if (stored.sequence != head_.sequence) {
        return;
    }
    seen_ = true;
    equal_ = std::any_of(chain.hashes().begin(), chain.hashes().end(), [&](const auto& hash) {
        return hash == head_.hash.view();
    });
}

void HeadCheck::finish(std::int64_t last, Findings& findings) const {
    const char* code = nullptr;
    if (!seen_ && head_.sequence > last) {
        code = ours_ ? "head_truncated" : "head_ahead";
    } else if (!seen_) {
        code = "head_entry_missing";
    } else if (equal_) {
        code = ours_ ? nullptr : "head_seal_wrong";
    } else {
        code = ours_ ? "head_rewritten" : "head_foreign";
    }
    if (code != nullptr) {
        findings.add(kHeadCheck,
                     std::min(head_.sequence, last + 1),
                     {code,
                      {{"sequence", std::to_string(head_.sequence)},
                       {"last", std::to_string(last)},
                       {"at", base::to_string(head_.at)}}});
    }
}

}  // namespace hrbridge::ledger
