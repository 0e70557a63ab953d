#pragma once

#include <memory>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace hrbridge::monitoring {

// Every metric of the daemon, declared once. tests/monitoring/metrics.golden lists them.
// Thread-safe. Labels hold names from the configuration, never data.
class Metrics {
  public:
    Metrics();

    // Rows of a mapping, {source, mapping}.
    prometheus::Family<prometheus::Counter>& rows_read;
    prometheus::Family<prometheus::Counter>& rows_written;
    prometheus::Family<prometheus::Counter>& rows_unchanged;
    prometheus::Family<prometheus::Counter>& rows_rejected;  // + {rule}
    prometheus::Family<prometheus::Counter>& rows_held;
    prometheus::Family<prometheus::Histogram>& batch_seconds;     // {mapping}
    prometheus::Family<prometheus::Counter>& runs;                // {mapping, outcome}
    prometheus::Family<prometheus::Gauge>& source_lag_seconds;    // {source, mapping}
    prometheus::Family<prometheus::Gauge>& last_success_seconds;  // {mapping}, Unix time
    prometheus::Family<prometheus::Counter>& sweeps;  // {mapping, kind: keys or hashes, outcome}
    // Rows that only a sweep found, {mapping, kind}: changed and added ones a window should have
    // brought; missing ones no window can find.
    prometheus::Family<prometheus::Counter>& sweep_found_rows;
    prometheus::Family<prometheus::Gauge>& sweep_last_success_seconds;  // {mapping, kind}
    // How late rows came that a window found in its overlap, at most; {mapping}.
    prometheus::Family<prometheus::Histogram>& lateness_seconds;
    // Columns in which a source differs from a mapping's contract, {mapping, kind, action: stop or
    // warn}.
    prometheus::Family<prometheus::Gauge>& drift_columns;
    prometheus::Family<prometheus::Counter>& retries;  // {source, class}
    // What the guard of a source holds, {source}: its sessions now and at most, seconds that
    // somebody waited {why: session or rows}, statements from their start to their last row, and
    // the limits themselves {limit: sessions, rows_per_second or query_seconds}.
    prometheus::Family<prometheus::Gauge>& source_sessions;
    prometheus::Family<prometheus::Gauge>& source_sessions_most;
    prometheus::Family<prometheus::Counter>& source_wait_seconds;
    prometheus::Family<prometheus::Histogram>& source_statement_seconds;
    prometheus::Family<prometheus::Gauge>& source_limit;
    prometheus::Family<prometheus::Gauge>& outbox_events;  // {state}
    prometheus::Family<prometheus::Gauge>& outbox_oldest_seconds;
    prometheus::Family<prometheus::Counter>& wecom_calls;      // {api, errcode}
    prometheus::Family<prometheus::Counter>& wecom_callbacks;  // {event, verdict}
    // Attendance terminals that push. A verdict is kept, repeated, no_punch or ahead (kept, of a
    // time that was not yet); a reason of a refusal is one of a fixed list.
    prometheus::Family<prometheus::Counter>& terminal_records;   // {source, verdict}
    prometheus::Family<prometheus::Counter>& terminal_refusals;  // {reason}
    prometheus::Family<prometheus::Gauge>&
        terminal_contact_seconds;                     // {source, terminal}, Unix time
    prometheus::Family<prometheus::Gauge>& findings;  // {rule, level}
    // Unix time of the newest backup in the configured folder; 0: there is none.
    prometheus::Family<prometheus::Gauge>& backup_last_success_seconds;
    prometheus::Family<prometheus::Gauge>& build_info;  // {version}

    // The exposition text of all of them.
    std::string expose() const;
    std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

  private:
    explicit Metrics(std::shared_ptr<prometheus::Registry> registry);
    std::shared_ptr<prometheus::Registry> registry_;
};

}  // namespace hrbridge::monitoring
