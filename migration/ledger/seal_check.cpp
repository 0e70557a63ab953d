#include "migration/ledger/seal_check.h"

namespace hrbridge::ledger {

bool SealCheck::find(const Entry& entry, const char* check, const char* code) {
    findings_.add(check, entry.sequence, {code});
    return false;
}

bool SealCheck::lose_key() {
    lost_ = true;
    key_.reset();
    ++unsure_;
    return true;
}

bool SealCheck::check_signature(const Entry& entry) {
    const auto signer = signer_of(entry.body);
    if (!signer) {
        return entry.signature.empty() || find(entry, kSignaturesCheck, "signature_unexpected");
    }
    if (entry.signature.empty()) {
        return find(entry, kSignaturesCheck, "signature_missing");
    }
    ++signatures_;
    return signer->verifies(signature_message(entry.sequence, entry.at, entry.hash),
                            entry.signature) ||
           find(entry, kSignaturesCheck, "signature_wrong");
}

bool SealCheck::check_seal(const Entry& entry, const KeyAdded* added) {
    if (lost_) {
        ++unsure_;
        return true;
    }
    if (!key_ && added == nullptr) {
        if (entry.seal.empty()) {
            ++unsealed_;
            return true;
        }
        return doubt_ ? lose_key() : find(entry, kSealsCheck, "seal_unexpected");
    }
    if (entry.seal.empty()) {
        return find(entry, kSealsCheck, "seal_missing");
    }
    const PublicKey& key = key_ ? *key_ : added->key;
    if (key.verifies(seal_message(entry.sequence, entry.at, entry.hash), entry.seal)) {
        ++sealed_;
        doubt_ = false;
        return true;
    }
    return doubt_ ? lose_key() : find(entry, kSealsCheck, "seal_wrong");
}

bool SealCheck::take(const Entry& entry) {
    const auto* const added = std::get_if<KeyAdded>(&entry.body);
    const bool signed_well = check_signature(entry);
    if (added != nullptr && added->fingerprint != added->key.fingerprint()) {
        doubt();
        return find(entry, kSealsCheck, "key_refused");
    }
    const bool sealed_well = check_seal(entry, added);
    if (added != nullptr) {
        lost_ = !sealed_well;
        key_ = sealed_well ? std::optional(added->key) : std::nullopt;
    }
    return signed_well && sealed_well;
}

bool SealCheck::vouches_for(const StoredEntry& stored, const Digest& computed) const {
    return key_ && stored.seal && stored.sequence &&
           key_->verifies(seal_message(*stored.sequence,
                                       base::Timestamp(std::chrono::microseconds(stored.at)),
                                       computed),
                          *stored.seal);
}

}  // namespace hrbridge::ledger
