#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/base/row_hash.h"
#include "daemon/base/time.h"
#include "daemon/model/runs.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/sql.h"
#include "migration/ledger/note.h"
#include "migration/promotion/merge.h"
#include "migration/promotion/plan.h"

namespace hrbridge::promotion {

// What a sync needs beside the rows, so that it goes on behind the rehearsal's reading: the
// checkpoint with its connector's memory, open rejects and holds, and the ids of seal keys.
// Lateness and drift stay the live store's own: the first is a statistic of its windows, the second
// is renewed by the next look at the source.
class Carry {
  public:
    // `side` is the prefix of the rehearsal's tables.
    Carry(store::sql::Connection& live, std::string side, ModulePlan& plan)
        : live_(live), side_(std::move(side)), plan_(plan) {}

    // What stands in the way: a reading that did not come to its end, another key under one id.
    std::vector<ledger::Note> check();
    std::int64_t open_rejects();
    // A run and a batch for each mapping, which the rows it brought will name.
    void start_runs(base::Timestamp now);
    void finish_batches(const std::vector<Merge::Written>& written,
                        const std::map<std::int64_t, base::RowHash>& hashes);
    void finish_runs();
    // Rejects, holds, checkpoints and seal keys.
    void take(base::Timestamp now, std::int64_t promotion);

  private:
    store::Checkpoint checkpoint(const engine::Mapping& mapping);
    void take_rejects(const MappingPlan& mapping, base::Timestamp now);
    void take_checkpoint(const MappingPlan& mapping, base::Timestamp now, std::int64_t promotion);

    store::sql::Connection& live_;
    std::string side_;
    ModulePlan& plan_;
};

// A run of this kind, with one batch of no rows yet, which stands for what is done to the mapping's
// rows now.
struct Stand {
    std::int64_t run = 0;
    std::int64_t batch = 0;
    std::string identity;  // of the batch
};
Stand stand_for(store::sql::Connection& live, const model::Run& run, base::Timestamp now);

// Sweeps of the mapping that are under way begin anew: what they have read is older than the rows.
void end_sweeps(store::sql::Connection& live, const std::string& mapping, base::Timestamp now);

}  // namespace hrbridge::promotion
