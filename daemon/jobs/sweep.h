#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "daemon/jobs/sweep_bounds.h"
#include "daemon/jobs/sweep_mapper.h"
#include "daemon/jobs/sweep_repair.h"
#include "daemon/jobs/sync_runner.h"
#include "daemon/store/sweep_repository.h"

namespace hrbridge::jobs {

// One sweep of one mapping, under its sync lease: reads the whole source and the whole entity side
// by side, keeps hashes of both on disk, joins them, looks a second time at what differs, and
// settles what is missing. Used once; a later one goes on where it was.
class Sweep {
  public:
    struct Parts {
        SyncParts& sync;
        const engine::Mapping& mapping;
        const SweepOptions& options;
        connectors::Connector& connector;
        store::sql::Connection& connection;
        connectors::ReadRequest request;  // of everything, from the beginning
        const store::Checkpoint& checkpoint;
        base::Timestamp source_now;
        base::Date today;
        std::int64_t run_id = 0;
        std::function<store::BatchPlan(const std::vector<base::DescribedColumn>&)> plan;
        // False when the columns that the source describes stop the sweep; the report says why.
        std::function<bool(const std::vector<base::DescribedColumn>&)> may_read;
        std::function<void()> keep_lease;  // between two transactions
        std::function<bool()> may_go_on;   // false: put off; the report says why
        std::function<void()> progressed;  // the next failure is a first one
        std::function<void(const store::BatchOutcome&)> committed;
    };
    // The report's outcome is Done when nothing was said against it.
    Sweep(Parts parts, SweepReport& report);
    // Throws base::SystemError and base::Stopped; the sweep stays open then.
    void run(const std::stop_token& stop);

  private:
    std::string path(std::string_view side) const;
    store::SweepCompare compare() const;
    void open_state();
    void go(const std::stop_token& stop);
    template <typename Mapper>
    Mapper usable(base::Result<Mapper> mapper) const;
    void note();
    bool prepare(const std::vector<base::DescribedColumn>& columns);
    SweepMapper make_mapper(const std::vector<base::DescribedColumn>& columns,
                            SweepKind kind,
                            store::RowTeller& teller) const;
    bool read_source(connectors::Source& source, const std::stop_token& stop);
    void take(const base::RawBlock& block);
    void add_rejects(store::SweepSpool& stored);
    void join(const store::SweepSpool& stored);
    void repair(const std::stop_token& stop);
    bool is_within_limit() const;
    bool too_many_missing();
    void close_rejects();
    void settle();
    void name_missing();
    void finish(const std::string& outcome, bool settles);

    Parts parts_;
    SweepReport& report_;
    const engine::Mapping key_part_;
    SweepBounds bounds_;
    store::SweepState state_;
    std::optional<store::SweepSpool> spool_;
    std::vector<base::DescribedColumn> columns_;
    store::BatchPlan plan_;
    std::optional<store::RowTeller> teller_;
    std::optional<SweepMapper> mapper_;
    SweepMapper::Rows rows_;
    std::vector<WantedKey> wanted_;
    std::vector<std::int64_t> missing_;       // ids
    std::vector<std::int64_t> refused_gone_;  // of rejects
    store::MissingOutcome missing_outcome_;
    std::chrono::nanoseconds noted_{};
    std::int64_t noted_blocks_ = 0;
    std::chrono::nanoseconds started_{};
};

}  // namespace hrbridge::jobs
