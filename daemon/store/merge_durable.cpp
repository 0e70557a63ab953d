#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/batch_identity.h"
#include "daemon/store/merge_writer.h"

// The part of a batch's writing that reckons with a crash of the store.
namespace hrbridge::store {

// A pooler may stand between: then a crash of the server is no lost connection here.
void MergeWriter::expect_last_batch() {
    if (!last_batch_.empty() && !batch_committed(connection_, last_batch_)) {
        throw base::StoreError("batch",
                               base::Remedy::Retry,
                               fmt::format("a crash of the store has taken the batch of {} before "
                                           "this one; the reading goes on where the store stands",
                                           plan_.mapping));
    }
}

// PostgreSQL writes its log in order: whatever waits for the disk later, as a reading's last batch
// and its run's record do, has the others there too. A crash of the server before takes the newest
// batches with their checkpoints, and they are read again. An entry of the ledger may have been
// shown to somebody, and a reading that begins anew must not go on.
void MergeWriter::settle_disk(const Checkpoint& checkpoint) {
    if (connection_.dialect() != sql::Dialect::Postgres) {
        return;
    }
    if (checkpoint.complete) {
        connection_.run_script("SET LOCAL synchronous_commit = DEFAULT");
    } else if (plan_.disk_may_follow && !checkpoint.position.empty() && !watch_.is_on()) {
        connection_.run_script("SET LOCAL synchronous_commit = off");
    }
}

}  // namespace hrbridge::store
