#pragma once

#include "monitoring/metrics.h"

namespace hrbridge::monitoring {

// The metrics that tell of the state of things, and are set when somebody asks: at a scrape, at a
// start, by a nightly check. They stand beside those that jobs count (Metrics), in the same
// registry and the same golden list. Made as often as needed: all of one registry are the same.
class StateMetrics {
  public:
    explicit StateMetrics(Metrics& metrics);

    // Since a sync was due by its schedule, without the time in which its source's hours forbid it;
    // 0: none is due. {mapping}, of those with a schedule.
    prometheus::Family<prometheus::Gauge>& sync_late_seconds;
    // Of the ledger as the store has it, {kind, subject}.
    prometheus::Family<prometheus::Gauge>& ledger_entries;
    prometheus::Family<prometheus::Gauge>& ledger_last_entry_seconds;  // Unix time
    prometheus::Family<prometheus::Gauge>& ledger_faults;              // of the last verification
    prometheus::Family<prometheus::Gauge>& ledger_verified_seconds;    // Unix time; 0: never yet
    prometheus::Family<prometheus::Gauge>& rehearsals;                 // {module, state}
    // Of a module's newest rehearsal, {module, what: read, stored, rejected or held}.
    prometheus::Family<prometheus::Gauge>& rehearsal_rows;
    prometheus::Family<prometheus::Gauge>& disk_free_bytes;          // {place: store or state}
    prometheus::Family<prometheus::Gauge>& disk_reserve_bytes;       // retention.disk_reserve
    prometheus::Family<prometheus::Gauge>& certificate_end_seconds;  // {certificate}, Unix time
    // Of this process; process.h measures them.
    prometheus::Family<prometheus::Gauge>& process_start_seconds;  // Unix time
    prometheus::Family<prometheus::Counter>& process_cpu_seconds;
    prometheus::Family<prometheus::Gauge>& process_resident_bytes;
    prometheus::Family<prometheus::Gauge>& process_open_files;
    prometheus::Family<prometheus::Gauge>& process_most_files;
    prometheus::Family<prometheus::Gauge>& process_threads;

  private:
    explicit StateMetrics(prometheus::Registry& registry);
};

}  // namespace hrbridge::monitoring
