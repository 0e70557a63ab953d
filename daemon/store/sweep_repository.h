#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/batch_writer.h"

namespace hrbridge::store {

// Where a sweep stands (table sweep). All that a sweep needs to be taken up by another process,
// beside its spool file.
struct SweepState {
    std::int64_t id = 0;
    std::string mapping;
    std::string kind;  // keys, hashes
    std::string mapping_hash;
    std::int64_t run_id = 0;
    base::Timestamp started_at;
    std::int64_t before_batch = 0;  // entity rows with a batch above this came since it began
    std::int64_t partitions = 0;
    std::string position;  // connector's; behind what the spool file holds
    std::int64_t blocks = 0;
    std::int64_t spooled_bytes = 0;
    std::int64_t rows_read = 0;
    std::int64_t rows_unkeyed = 0;  // of those, rows whose key could not be mapped
};

// What a sweep found.
struct SweepFound {
    std::int64_t changed = 0;
    std::int64_t added = 0;
    std::int64_t missing = 0;
    std::int64_t pending = 0;
    std::int64_t gone = 0;
};

struct FinishedSweep {
    std::string mapping;
    std::string kind;
    std::string outcome;
    base::Timestamp started_at;
    std::optional<base::Timestamp> finished_at;
    std::int64_t rows_read = 0;
    SweepFound found;
};

class SweepRepository {
  public:
    explicit SweepRepository(sql::Connection& connection) : connection_(connection) {}
    // The sweep of this kind that did not come to its end.
    std::optional<SweepState> open(const std::string& mapping,
                                   const std::string& kind,
                                   const std::string& mapping_hash);
    // Ends those that are open, in the same transaction; sets the id.
    void start(SweepState& state);
    // The newest batch of any mapping; 0: there is none.
    std::int64_t newest_batch();
    void note(const SweepState& state);
    // Throws StoreError (Stop) when the sweep has ended already.
    void finish(std::int64_t id,
                const std::string& outcome,
                const SweepFound& found,
                std::int64_t rows_read,
                base::Timestamp at);
    // What the sweep of this run found, when it came to its end.
    std::optional<SweepFound> finished(std::int64_t run_id);
    // The newest sweep of each mapping and kind, by name.
    std::vector<FinishedSweep> newest();

  private:
    sql::Connection& connection_;
};

// What a sweep that came to its end says of the rows it did not find.
struct MissingRows {
    std::vector<std::int64_t> ids;
    bool deactivate = false;
    std::int64_t grace = 0;         // so many sweeps after the first one have to miss a row too
    std::int64_t before_batch = 0;  // a row that a later batch wrote is not deactivated
};
struct MissingOutcome {
    std::int64_t first = 0;  // missing for the first time
    std::int64_t gone = 0;   // given a gone_at
};
// Counts the sweeps that missed each row, forgets the rows that were found again, and deactivates
// those whose grace is over, with their history where the plan keeps one. In the caller's
// transaction.
MissingOutcome settle_missing(sql::Connection& connection,
                              const BatchPlan& plan,
                              const MissingRows& missing,
                              base::Timestamp now);

// The keys of rows for people, parents by their own keys, in the order of `ids`; personal parts
// masked.
std::vector<std::string> shown_keys(sql::Connection& connection,
                                    const BatchPlan& plan,
                                    const std::vector<std::int64_t>& ids);

}  // namespace hrbridge::store
