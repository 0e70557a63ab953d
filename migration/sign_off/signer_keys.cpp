#include "migration/sign_off/signer_keys.h"

#include <algorithm>

namespace hrbridge::sign_off {

const SignerKey* SignerKeys::of(const std::string& account) const {
    const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const SignerKey& each) {
        return each.account == account && !each.until;
    });
    return found == keys_.end() ? nullptr : &*found;
}

const SignerKey* SignerKeys::find(const ledger::PublicKey& key) const {
    const auto found = std::find_if(
        keys_.begin(), keys_.end(), [&](const SignerKey& each) { return each.key == key; });
    return found == keys_.end() ? nullptr : &*found;
}

void SignerKeys::take(const ledger::Entry& entry) {
    if (const auto* const added = std::get_if<ledger::SignerKeyAdded>(&entry.body)) {
        if (find(added->key) != nullptr) {
            return;
        }
        for (SignerKey& each : keys_) {
            if (each.account == entry.subject && !each.until) {
                each.until = entry.at;
            }
        }
        keys_.push_back({entry.subject, added->key, entry.at, std::nullopt, ""});
    } else if (const auto* const revoked = std::get_if<ledger::SignerKeyRevoked>(&entry.body)) {
        for (SignerKey& each : keys_) {
            if (each.account == entry.subject && each.key == revoked->key) {
                each.until = each.until.value_or(entry.at);
                each.revoked = revoked->reason;
            }
        }
    }
}

}  // namespace hrbridge::sign_off
