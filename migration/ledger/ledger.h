#pragma once

#include <optional>
#include <string>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"
#include "migration/ledger/entry.h"
#include "migration/ledger/head.h"
#include "migration/ledger/key_ring.h"

namespace hrbridge::ledger {

struct NewEntry {
    base::Timestamp at;
    std::string subject;  // what it is about: a project, module or mapping; 1 to 200 bytes
    std::string actor;    // who did it: an account's name, "hrbridge"; 1 to 200 bytes
    Body body;
};

// Appends to the chain and reads its end. An entry belongs to the caller's transaction: it commits
// or vanishes with what it tells of. In PostgreSQL other appenders wait from the first append()
// until that transaction ends, so append last; in SQLite the transaction is the only writer anyway.
class Ledger {
  public:
    // `keys` seals and outlives this; null: without seals, which only a ledger that never had a key
    // takes.
    Ledger(store::sql::Connection& connection, const KeyRing* keys)
        : connection_(connection), keys_(keys) {}

    // Gives the entry as it was stored. A body with a signer (signer_of), and no other, needs
    // `signer`, the key whose public half it names. Where the current key is not the ledger's yet,
    // an entry key_added comes first. Throws std::logic_error outside a transaction,
    // std::invalid_argument for what an entry cannot hold, StoreError(Stop) when the key that seals
    // the ledger is not in `keys`, and StoreError(Retry) in a snapshot (Reads::Snapshot) older than
    // the newest entry.
    Entry append(const NewEntry& entry, const PrivateKey* signer = nullptr);
    // Only what append() would do first; false when the current key is the ledger's already.
    bool add_key(base::Timestamp at, const std::string& actor);

    // Lets nobody else append until the caller's transaction ends, and gives the end as of then:
    // for a transaction that hangs on what the ledger says last. Throws std::logic_error outside
    // one.
    std::optional<Head> lock();

    // The sealed end of the chain; nullopt when there is no entry. Its seal is empty when the last
    // entry has none.
    std::optional<Head> head();
    // The key that sealed it; nullopt while the ledger has none.
    std::optional<PublicKey> key();

  private:
    Entry add(const NewEntry& entry,
              const std::optional<Head>& head,
              const PrivateKey* sealer,
              const PrivateKey* signer);
    // The key that seals the next entry, after one that makes it the ledger's.
    const PrivateKey* sealer(base::Timestamp at,
                             const std::string& actor,
                             std::optional<Head>& head,
                             bool& added);

    store::sql::Connection& connection_;
    const KeyRing* keys_;
};

}  // namespace hrbridge::ledger
