#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/store/sql.h"
#include "migration/ledger/verify.h"
#include "migration/sign_off/signer_keys.h"

namespace hrbridge::sign_off {

// An entry by a person, and whether the key that signed it was that account's at the time.
struct Told {
    ledger::Entry entry;
    bool by_own_key = false;  // false too for a kind that nobody signs
};

// What the ledger tells of one module, taken from a walk that verifies all of it.
struct LedgerTold {
    std::vector<Told> entries;  // of the module, but for steps, batches and reveals; in their order
    SignerKeys keys;
    // Who loaded: the actors of each rehearsal's entries of start, steps and end, by its number.
    std::map<std::int64_t, std::set<std::string>> loaders;
    std::map<std::int64_t, std::int64_t> reveals;  // of masked values, by draw
    std::int64_t key_entries = 0;  // of persons' keys; more of them by now: read again
    bool sealed = false;           // by the store's key, to its end
    std::int64_t faults = 0;       // whatever else verify() found; 0: none
    std::optional<ledger::Head> head;
};

// Whether a person's act counts: by the account's own key, which nobody has revoked since.
bool has_good_key(const LedgerTold& told, const Told& act);

// Outside a transaction of the connection. `trusted`: the store's keys as the configuration has
// them; empty: not held against any.
LedgerTold read_ledger(store::sql::Connection& live,
                       const std::string& module,
                       const std::vector<ledger::PublicKey>& trusted);

// As LedgerTold::key_entries, now.
std::int64_t count_key_entries(store::sql::Connection& live);

}  // namespace hrbridge::sign_off
