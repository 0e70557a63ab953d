#include "migration/sign_off/keys.h"

#include <algorithm>

#include "daemon/store/repositories.h"
#include "migration/ledger/ledger.h"
#include "migration/sign_off/told.h"

namespace hrbridge::sign_off {
namespace {

using ledger::Note;

std::optional<Note> account_fault(store::sql::Connection& live, const std::string& name) {
    const auto account = store::AccountRepository(live).find(name);
    if (!account) {
        return Note{"no_account", {{"account", name}}};
    }
    return account->disabled ? std::optional(Note{"account_disabled", {{"account", name}}})
                             : std::nullopt;
}

void write(store::sql::Connection& live,
           const KeyChange& change,
           const char* act,
           ledger::Body body,
           const ledger::PrivateKey* signer) {
    store::AuditRepository(live).add(change.actor, act, change.account, "", change.at);
    ledger::Ledger(live, change.ledger_keys)
        .append({change.at, change.account, change.actor, std::move(body)}, signer);
}

}  // namespace

std::variant<SignerKeys, Note> signer_keys(store::sql::Connection& live,
                                           const ledger::KeyRing* ledger_keys) {
    LedgerTold told = read_ledger(
        live,
        "",
        ledger_keys != nullptr ? ledger_keys->public_keys() : std::vector<ledger::PublicKey>());
    if (told.faults > 0) {
        return Note{"ledger_broken", {{"found", std::to_string(told.faults)}}};
    }
    return std::move(told.keys);
}

std::optional<Note> register_key(store::sql::Connection& live,
                                 const ledger::PrivateKey& key,
                                 const KeyChange& change) {
    if (change.ledger_keys == nullptr) {
        return Note{"ledger_unsealed"};
    }
    const auto known = signer_keys(live, change.ledger_keys);
    if (const auto* const broken = std::get_if<Note>(&known)) {
        return *broken;
    }
    const auto& keys = std::get<SignerKeys>(known);
    store::sql::Transaction transaction(live);
    if (auto fault = account_fault(live, change.account)) {
        return fault;
    }
    if (const SignerKey* const taken = keys.find(key.public_key())) {
        return Note{taken->account == change.account ? "key_known" : "key_of_other",
                    {{"account", change.account}}};
    }
    ledger::SignerKeyAdded added{key.public_key(), std::nullopt};
    if (const SignerKey* const before = keys.of(change.account)) {
        added.replaces = before->key;
    }
    write(live, change, "migrate.key.register", added, &key);
    transaction.commit();
    return std::nullopt;
}

std::optional<Note> revoke_key(store::sql::Connection& live,
                               const std::string& reason,
                               const KeyChange& change) {
    if (std::find(std::begin(kRevokeReasons), std::end(kRevokeReasons), reason) ==
        std::end(kRevokeReasons)) {
        return Note{"no_reason", {{"reason", reason}}};
    }
    const auto known = signer_keys(live, change.ledger_keys);
    if (const auto* const broken = std::get_if<Note>(&known)) {
        return *broken;
    }
    const SignerKey* const own = std::get<SignerKeys>(known).of(change.account);
    if (own == nullptr) {
        return Note{"no_key", {{"account", change.account}}};
    }
    store::sql::Transaction transaction(live);
    write(live, change, "migrate.key.revoke", ledger::SignerKeyRevoked{own->key, reason}, nullptr);
    transaction.commit();
    return std::nullopt;
}

}  // namespace hrbridge::sign_off
