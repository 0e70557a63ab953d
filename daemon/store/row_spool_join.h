#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "daemon/store/row_spool.h"

namespace hrbridge::store {

// A key whose row in the source is not the one in the store.
struct SweepDifference {
    enum class Kind {
        Changed,      // both have it, with different values
        Added,        // the store has no live row of it
        Missing,      // the source has no row of it
        RefusedGone,  // the source has no row of it, and the store an open reject
    };
    Kind kind = Kind::Changed;
    SweepRow source;      // not of Missing; of several rows with one key each that may decide
    std::int64_t id = 0;  // of the store's row, or the reject; 0: there is none
};

struct SweepJoinCounts {
    std::int64_t live = 0;    // rows of the store
    std::int64_t differ = 0;  // keys that were told of, without RefusedGone
};

// What two rows of one key are compared by.
enum class SweepCompare { Keys, Hashes };

// Joins one partition of both sides and tells of each difference. Of several source rows of one key
// the one with the greatest number counts that is no open reject; of equal numbers each is told of,
// unless the store has one of them. Rows of the store that were written since the sweep began are
// never missing. Reorders `stored`.
void join_sweep(const std::vector<SweepRow>& source,
                std::vector<SweepRow>& stored,
                SweepCompare compare,
                SweepJoinCounts& counts,
                const std::function<void(const SweepDifference&)>& tell);

// Joins two spools partition by partition, in passes where a partition is larger than `most_rows`.
void join_spools(const SweepSpool& source,
                 const SweepSpool& stored,
                 SweepCompare compare,
                 std::size_t most_rows,
                 SweepJoinCounts& counts,
                 const std::function<void(const SweepDifference&)>& tell);

}  // namespace hrbridge::store
