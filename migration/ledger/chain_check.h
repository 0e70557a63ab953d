#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "migration/ledger/entry.h"
#include "migration/ledger/entry_reader.h"
#include "migration/ledger/findings.h"
#include "migration/ledger/seal_check.h"

namespace hrbridge::ledger {

inline constexpr const char* kChainCheck = "chain";
inline constexpr const char* kBodiesCheck = "bodies";

// Takes the stored entries in their order. An entry that was changed is found once, at itself: what
// follows is held against what the entry was as well as against what it is now.
class ChainCheck {
  public:
    explicit ChainCheck(Findings& findings) : findings_(findings), seals_(findings) {}

    // The entry when nothing about it is wrong.
    std::optional<Entry> take(const StoredEntry& stored);

    std::int64_t entries() const { return entries_; }
    std::int64_t bodies() const { return bodies_; }
    std::int64_t last() const { return last_; }  // the greatest sequence; 0: none
    const SealCheck& seals() const { return seals_; }
    // What the newest entry's hash is by its column and by what it holds; none when it is unknown.
    const std::vector<std::string>& hashes() const { return hashes_; }

  private:
    bool in_sequence(const StoredEntry& stored);
    bool readable(const StoredEntry& stored);
    // Whether the entry fits its hash and the entry before.
    bool fits(const StoredEntry& stored, const Digest& computed);
    // How an entry came not to fit its hash.
    Note mismatch(const StoredEntry& stored, const Digest& computed);
    std::optional<Body> read_body(const StoredEntry& stored);
    void find(const StoredEntry& stored, const char* check, Note note);

    Findings& findings_;
    SealCheck seals_;
    std::int64_t entries_ = 0;
    std::int64_t bodies_ = 0;
    std::int64_t last_ = 0;
    bool after_gap_ = false;
    std::vector<std::string> hashes_{std::string(Digest().view())};
};

}  // namespace hrbridge::ledger
