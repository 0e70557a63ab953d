#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/jobs/hold_replay.h"
#include "daemon/jobs/lease_keeper.h"
#include "daemon/jobs/sync_runner.h"
#include "daemon/jobs/window.h"
#include "daemon/store/batch_writer.h"

namespace hrbridge::jobs {

// One run of one mapping, from its decision what to read to its record's end. Used once.
class SyncRun {
  public:
    SyncRun(SyncParts& parts, const engine::Mapping& mapping, const SyncOptions& options);
    SyncReport run(const std::stop_token& stop);
    ReplayReport replay(const std::vector<std::int64_t>& ids, const std::stop_token& stop);

  private:
    // What lasts from one lost connection to the next.
    struct Session {
        std::unique_ptr<store::sql::Connection> connection;
        std::vector<store::EntityTable> entities;
    };

    void attempt(const std::stop_token& stop);
    bool prepare();
    void decide();
    void start_record();
    void read_source(const std::stop_token& stop);
    bool drift_stops(const std::vector<base::DescribedColumn>& columns);
    store::BatchPlan plan(const std::vector<base::DescribedColumn>& columns) const;
    bool commit_batch(store::BatchWriter& writer, const store::Checkpoint& checkpoint);
    void add(const store::BatchOutcome& outcome);
    bool above_threshold() const;
    void release_holds(KeptRows& kept, store::Checkpoint checkpoint);
    void finish_record();
    void take_counts_from_record();
    base::Date today() const;
    std::vector<base::DescribedColumn> contract_columns() const;
    void fail(const std::exception& error);

    SyncParts& parts_;
    const engine::Mapping& mapping_;
    const SyncOptions& options_;
    SyncReport report_;
    connectors::Connector* connector_ = nullptr;
    std::unique_ptr<LeaseKeeper> lease_;
    std::optional<Session> session_;
    std::optional<Reading> reading_;
    base::Timestamp source_now_;
    std::chrono::nanoseconds batch_started_{};
    bool finished_ = false;  // the source was read to its end
};

}  // namespace hrbridge::jobs
