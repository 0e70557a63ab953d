#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/jobs/hold_replay.h"
#include "daemon/jobs/lease_keeper.h"
#include "daemon/jobs/retry.h"
#include "daemon/jobs/run_counts.h"
#include "daemon/jobs/spared_connector.h"
#include "daemon/jobs/sweep_report.h"
#include "daemon/jobs/sync_runner.h"
#include "daemon/jobs/window.h"
#include "daemon/jobs/without_barred.h"
#include "daemon/store/batch_writer.h"
#include "mappings/engine/drift.h"

namespace hrbridge::jobs {

// One run of one mapping, from its decision what to read to its record's end. Used once.
class SyncRun {
  public:
    SyncRun(SyncParts& parts, const engine::Mapping& mapping, const SyncOptions& options);
    SyncReport run(const std::stop_token& stop);
    ReplayReport replay(const std::stop_token& stop);
    SweepReport sweep(const SweepOptions& options, const std::stop_token& stop);

  private:
    // What lasts from one lost connection to the next.
    struct Session {
        std::unique_ptr<store::sql::Connection> connection;
        std::vector<store::EntityTable> entities;
    };

    void reported(const std::stop_token& stop, const std::function<void()>& work);
    void retried(const std::stop_token& stop, const std::function<void()>& work);

    // What stands against reading now. Thread-safe.
    std::optional<std::string> obstacle() const;
    // Whether something does; the report says what.
    bool put_off();
    bool may_map_kept_rows(const std::stop_token& stop);
    KeptRows kept_rows(store::BatchWriter& writer,
                       engine::Mapper& mapper,
                       const std::vector<base::DescribedColumn>& columns,
                       const std::stop_token& stop);
    bool prepare();
    // What the mapping's source is read through.
    void make_connector(connectors::Connector& source);
    void note_passed_over();
    void retire_passed_over(store::BatchWriter& writer, const store::Checkpoint& checkpoint);
    void note_retired(std::int64_t rows) const;
    // The mapping's, behind prepare().
    const store::EntityTable& entity() const;
    BarredRows::Setting barred_setting() const;
    // Of kept rows with these columns; nullptr: none may be barred.
    BarredRows* barred_among(const std::vector<base::DescribedColumn>& columns);
    void start_record(const std::string& kind);
    void finish_record();
    void record_failure();

    void attempt(const std::stop_token& stop);
    void await_lost_commit();
    void decide(const std::stop_token& stop);
    void read_source(const std::stop_token& stop);
    bool drift_stops(const std::vector<base::DescribedColumn>& columns);
    void record(const std::vector<engine::DriftChange>& changes, bool saw_all);
    void tell_lost_column(const base::ConnectorError& refusal, const std::stop_token& stop);
    connectors::ReadRequest request(const PipelineLimits& limits,
                                    const std::stop_token& stop) const;
    PipelineLimits limits() const;
    bool keeps_rows(const store::BatchPlan& plan) const;
    PipelineHooks hooks(store::BatchWriter& writer);
    bool commit_batch(store::BatchWriter& writer, const store::Checkpoint& checkpoint);
    bool above_threshold() const;
    void stop_at_threshold(store::BatchWriter& writer, const std::string& memory);
    void release_holds(KeptRows& kept, store::Checkpoint checkpoint);
    // Gives `work` the kept rows alone: their columns are the mapping's own.
    void without_source(const std::stop_token& stop, const std::function<void(KeptRows&)>& work);
    void count_future_rows(const std::stop_token& stop);
    base::Zone zone() const;
    void note_lateness(std::optional<engine::WatermarkForm> form);

    std::string why_no_sweep(const std::optional<store::Checkpoint>& last) const;
    void sweep_attempt(const SweepOptions& options,
                       SweepReport& report,
                       const std::stop_token& stop);
    void log_found(const SweepReport& report) const;

    void replay_rows(KeptRowsResult& result, const std::stop_token& stop);
    store::BatchPlan plan(const std::vector<base::DescribedColumn>& columns) const;
    base::Date today() const;
    void fault(SyncOutcome outcome, base::Fault fault);

    SyncParts& parts_;
    const engine::Mapping& mapping_;
    const SyncOptions& options_;
    SyncReport report_;
    Retry retry_;
    RunMetrics metrics_;
    std::shared_ptr<const store::ErasedPeople> erased_;
    store::FactTermState term_;
    std::optional<WithoutBarred> cleared_;
    std::optional<BarredRows> kept_barred_;
    std::optional<SparedConnector> connector_;  // reads through the one above
    std::unique_ptr<LeaseKeeper> lease_;
    std::optional<Session> session_;
    std::optional<Reading> reading_;
    store::Checkpoint decided_;  // where it begins
    CountsOfBatches stored_;
    KeptRowsResult released_;
    // By the readings before the one under way: all, and those of them that are too old.
    std::int64_t passed_over_ = 0;
    std::int64_t too_old_ = 0;
    std::string kept_from_;          // of the newest of them
    bool may_load_directly_ = true;  // until the store refused rows of a first load
    base::Timestamp source_now_;
    std::optional<base::Timestamp> last_to_;  // the last run's upper bound, when it was reached
    std::vector<std::int64_t> late_;          // watermarks below it of rows that were stored
    std::chrono::nanoseconds batch_started_{};
    bool past_first_batch_ = false;
};

}  // namespace hrbridge::jobs
