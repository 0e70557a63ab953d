#pragma once

#include <cstdint>
#include <optional>

#include "migration/ledger/ed25519.h"
#include "migration/ledger/entry.h"
#include "migration/ledger/entry_reader.h"
#include "migration/ledger/findings.h"

namespace hrbridge::ledger {

inline constexpr const char* kSealsCheck = "seals";
inline constexpr const char* kSignaturesCheck = "signatures";

// Follows the store's key from entry to entry and checks seals and signatures. Where an entry that
// made another key the ledger's may be lost, what the key does not fit is counted as not checked
// instead of accusing every entry behind it.
class SealCheck {
  public:
    explicit SealCheck(Findings& findings) : findings_(findings) {}

    // An entry that fits its hash and its place; false when its seal or signature is wrong.
    bool take(const Entry& entry);
    // Something before the next entry is missing or was changed.
    void doubt() { doubt_ = true; }
    // Whether the stored seal is one over this hash: then it was not made for the stored hash.
    bool vouches_for(const StoredEntry& stored, const Digest& computed) const;

    std::int64_t sealed() const { return sealed_; }
    std::int64_t unsealed() const { return unsealed_; }  // before the ledger had a key
    std::int64_t unsure() const { return unsure_; }
    std::int64_t signatures() const { return signatures_; }
    // The key that seals the next entry; nullopt: there is none, or it is unknown.
    const std::optional<PublicKey>& key() const { return key_; }

  private:
    bool check_signature(const Entry& entry);
    bool check_seal(const Entry& entry, const KeyAdded* added);
    bool find(const Entry& entry, const char* check, const char* code);
    bool lose_key();

    Findings& findings_;
    std::optional<PublicKey> key_;
    bool lost_ = false;
    bool doubt_ = false;
    std::int64_t sealed_ = 0;
    std::int64_t unsealed_ = 0;
    std::int64_t unsure_ = 0;
    std::int64_t signatures_ = 0;
};

}  // namespace hrbridge::ledger
