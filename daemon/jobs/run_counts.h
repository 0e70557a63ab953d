#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/jobs/sweep_report.h"
#include "daemon/jobs/sync_report.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/lateness_repository.h"
#include "mappings/engine/mapping.h"
#include "monitoring/metrics.h"

namespace hrbridge::jobs {

// Adds what a batch did to a report.
void add_to_report(const store::BatchOutcome& outcome, SyncReport& report);
// Takes back what batches added, for an attempt that begins anew.
void forget_counts(SyncReport& report);

// What a report said behind each of the newest batches, since a crash of the store may take them.
class CountsOfBatches {
  public:
    // What is told behind the batch that ended at `position`; `late` rows were.
    void note(const std::string& position, const SyncReport& report, std::size_t late);
    // Of the run's batches the store has those up to `position`; nullopt: none. The report is what
    // it was there, and so many rows had been late. It stays as it is, nullopt, where that is not
    // known, as behind a batch whose answer was lost.
    std::optional<std::size_t> go_back(const std::optional<std::string>& position,
                                       SyncReport& report);

  private:
    struct Behind {
        std::string position;
        SyncReport counts;  // and nothing else of a report
        std::size_t late;
    };
    std::deque<Behind> behind_;
};

// The metrics of one mapping's runs.
class RunMetrics {
  public:
    RunMetrics(monitoring::Metrics& metrics, const engine::Mapping& mapping)
        : metrics_(metrics), mapping_(mapping) {}

    void batch(const store::BatchOutcome& outcome, double seconds);
    // A batch of rows that were refused or had waited: what was stored of them is written too.
    void kept_rows(const store::BatchOutcome& outcome);
    // `source_now` is the source's clock when the window was fixed.
    void run(const SyncReport& report, base::Timestamp source_now, base::Timestamp now);
    void late(const std::vector<store::LateRow>& rows);
    void sweep(const SweepReport& report, base::Timestamp now);
    // What a sweep may find and how it may fail, at 0: a series that begins with what alerts wait
    // for shows them no increase.
    void expect_sweeps(SweepKind kind);

  private:
    monitoring::Metrics& metrics_;
    const engine::Mapping& mapping_;
};

}  // namespace hrbridge::jobs
