#include "daemon/jobs/run_counts.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace hrbridge::jobs {
namespace {

prometheus::Histogram::BucketBoundaries batch_buckets() {
    return {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};  // seconds
}

void add(const std::map<std::string, std::int64_t>& from, std::map<std::string, std::int64_t>& to) {
    for (const auto& [rule, rows] : from) {
        to[rule] += rows;
    }
}

double seconds_of(std::chrono::microseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

// All that add_to_report() adds to.
void copy_counts(const SyncReport& from, SyncReport& to) {
    to.rows_read = from.rows_read;
    to.inserted = from.inserted;
    to.updated = from.updated;
    to.unchanged = from.unchanged;
    to.duplicates = from.duplicates;
    to.batches = from.batches;
    to.corrected = from.corrected;
    to.rejected = from.rejected;
    to.held = from.held;
    to.flagged = from.flagged;
}

}  // namespace

void add_to_report(const store::BatchOutcome& outcome, SyncReport& report) {
    report.rows_read += outcome.read;
    report.inserted += outcome.inserted;
    report.updated += outcome.updated;
    report.unchanged += outcome.unchanged;
    report.duplicates += outcome.duplicates;
    report.batches += 1;
    report.corrected += outcome.corrected;
    add(outcome.rejected, report.rejected);
    add(outcome.held, report.held);
    add(outcome.flagged, report.flagged);
}

void CountsOfBatches::note(const std::string& position,
                           const SyncReport& report,
                           std::size_t late) {
    constexpr std::size_t kMost = 64;  // PostgreSQL's disk is seldom further behind
    behind_.push_back({position, {}, late});
    copy_counts(report, behind_.back().counts);
    if (behind_.size() > kMost) {
        behind_.pop_front();
    }
}

std::optional<std::size_t> CountsOfBatches::go_back(const std::optional<std::string>& position,
                                                    SyncReport& report) {
    if (!position) {
        forget_counts(report);
        behind_.clear();
        return 0;
    }
    const auto found = std::find_if(behind_.rbegin(), behind_.rend(), [&](const Behind& each) {
        return each.position == *position;
    });
    if (found == behind_.rend()) {
        return std::nullopt;
    }
    const std::size_t late = found->late;
    copy_counts(found->counts, report);
    behind_.erase(found.base(), behind_.end());
    return late;
}

void forget_counts(SyncReport& report) {
    copy_counts({}, report);
    report.changes.clear();
}

void RunMetrics::batch(const store::BatchOutcome& outcome, double seconds) {
    const prometheus::Labels labels{{"source", mapping_.connection}, {"mapping", mapping_.name}};
    metrics_.rows_read.Add(labels).Increment(static_cast<double>(outcome.read));
    metrics_.rows_written.Add(labels).Increment(
        static_cast<double>(outcome.inserted + outcome.updated));
    metrics_.rows_unchanged.Add(labels).Increment(static_cast<double>(outcome.unchanged));
    for (const auto& [rule, rows] : outcome.rejected) {
        metrics_.rows_rejected
            .Add({{"source", mapping_.connection}, {"mapping", mapping_.name}, {"rule", rule}})
            .Increment(static_cast<double>(rows));
    }
    for (const auto& [rule, rows] : outcome.held) {
        metrics_.rows_held.Add(labels).Increment(static_cast<double>(rows));
    }
    metrics_.batch_seconds.Add({{"mapping", mapping_.name}}, batch_buckets()).Observe(seconds);
}

void RunMetrics::kept_rows(const store::BatchOutcome& outcome) {
    metrics_.rows_written.Add({{"source", mapping_.connection}, {"mapping", mapping_.name}})
        .Increment(static_cast<double>(outcome.inserted + outcome.updated));
}

void RunMetrics::run(const SyncReport& report, base::Timestamp source_now, base::Timestamp now) {
    metrics_.runs.Add({{"mapping", mapping_.name}, {"outcome", to_string(report.outcome)}})
        .Increment();
    if (report.outcome != SyncOutcome::Done) {
        return;
    }
    metrics_.last_success_seconds.Add({{"mapping", mapping_.name}})
        .Set(seconds_of(now.time_since_epoch()));
    const double behind = report.window_to ? seconds_of(source_now - *report.window_to) : 0;
    metrics_.source_lag_seconds.Add({{"source", mapping_.connection}, {"mapping", mapping_.name}})
        .Set(behind + report.seconds);
}

void RunMetrics::late(const std::vector<store::LateRow>& rows) {
    prometheus::Histogram& seconds = metrics_.lateness_seconds.Add(
        {{"mapping", mapping_.name}},
        prometheus::Histogram::BucketBoundaries(store::lateness_buckets()));
    for (const store::LateRow& row : rows) {
        seconds.Observe(static_cast<double>(row.late_s));
    }
}

void RunMetrics::expect_sweeps(SweepKind kind) {
    metrics_.sweeps.Add({{"mapping", mapping_.name},
                         {"kind", std::string(to_string(kind))},
                         {"outcome", to_string(SyncOutcome::Failed)}});
    for (const char* what : {"changed", "added", "missing"}) {
        metrics_.sweep_found_rows.Add({{"mapping", mapping_.name}, {"kind", what}});
    }
}

void RunMetrics::sweep(const SweepReport& report, base::Timestamp now) {
    const std::string kind(to_string(report.kind));
    metrics_.sweeps
        .Add({{"mapping", mapping_.name}, {"kind", kind}, {"outcome", to_string(report.outcome)}})
        .Increment();
    const auto found = [&](const char* what, std::int64_t rows) {
        metrics_.sweep_found_rows.Add({{"mapping", mapping_.name}, {"kind", what}})
            .Increment(static_cast<double>(rows));
    };
    found("changed", report.changed);
    found("added", report.added);
    found("missing", report.first_missing);
    if (report.outcome == SyncOutcome::Done) {
        metrics_.sweep_last_success_seconds.Add({{"mapping", mapping_.name}, {"kind", kind}})
            .Set(seconds_of(now.time_since_epoch()));
    }
}

}  // namespace hrbridge::jobs
