#include <fmt/format.h>

#include "daemon/jobs/plan.h"
#include "daemon/jobs/sweep.h"
#include "daemon/jobs/sync_run.h"
#include "daemon/store/repositories.h"

// The part of a run that sweeps.
namespace hrbridge::jobs {
namespace {

void note_found(const engine::Mapping& mapping, SweepReport& report) {
    const auto note = [&](std::int64_t rows, std::string_view what) {
        if (rows > 0) {
            report.notes.push_back(fmt::format("{} {}", rows, what));
        }
    };
    if (report.changed + report.added > 0 && !mapping.sync.window_by.empty()) {
        report.notes.push_back(fmt::format(
            "{} changed and {} added rows were found that no window brought: see whether the "
            "source sets {} at each change, and whether the overlap is as long as rows are late",
            report.changed,
            report.added,
            mapping.sync.window_by));
    }
    note(report.unkeyed,
         "rows of the source have no key that can be mapped (see the rejects): each may be one of "
         "the missing rows, so that none was deactivated");
    note(report.vanished, "rows differed and no longer did when they were looked at again");
    note(report.left,
         "more rows differ and were not looked at again: run a sync with --full, or sweep again");
    const engine::SweepPolicy& policy = mapping.sync.sweep;
    const bool gone_at_once = report.gone > 0 && policy.grace == 0;
    note(gone_at_once ? 0 : report.first_missing,
         "rows are missing in the source for the first time; their grace begins");
}

}  // namespace

// Why the store cannot be compared with the source now; empty: it can.
std::string SyncRun::why_no_sweep(const std::optional<store::Checkpoint>& last) const {
    if (!last || (!last->complete && !last->window_from)) {
        return "the mapping has not read its source to the end yet: sync it first";
    }
    if (last->mapping_hash != mapping_.hash) {
        return "the mapping changed since its last run, which compares all rows anyway: sync it "
               "first";
    }
    return {};
}

void SyncRun::sweep_attempt(const SweepOptions& options,
                            SweepReport& report,
                            const std::stop_token& stop) {
    if (!prepare()) {
        return;
    }
    // The end of a sweep whose answer was lost is no reason for another one.
    await_lost_commit();
    if (const auto found =
            report.run_id == 0
                ? std::nullopt
                : store::SweepRepository(*session_->connection).finished(report.run_id)) {
        report.first_missing = found->missing;
        report.gone = found->gone;
        return;
    }
    const auto last = store::read_checkpoint(*session_->connection, mapping_.name);
    if (const std::string why = why_no_sweep(last); !why.empty()) {
        report_.outcome = SyncOutcome::PutOff;
        report_.error = why;
        return;
    }
    if (!mapping_.sync.window_by.empty()) {
        source_now_ = connector_->now(stop);
    }
    reading_.emplace();
    start_record(fmt::format("sweep {}", to_string(options.kind)));
    report.run_id = report_.run_id;
    connectors::ReadRequest all = request(limits(), stop);
    store::Checkpoint checkpoint = *last;
    checkpoint.run_id = report_.run_id;
    Sweep sweep({parts_,
                 mapping_,
                 options,
                 *connector_,
                 *session_->connection,
                 std::move(all),
                 checkpoint,
                 source_now_,
                 today(),
                 report_.run_id,
                 [this, &last](const auto& columns) {
                     store::BatchPlan made = plan(columns);
                     made.epoch = last->epoch;
                     return made;
                 },
                 [this](const auto& columns) { return !drift_stops(columns); },
                 [this] {
                     if (lease_) {
                         lease_->extend(*session_->connection);
                     }
                 },
                 [this] { return !put_off(); },
                 [this] { retry_.reset(); },
                 [this](const store::BatchOutcome& outcome) { metrics_.kept_rows(outcome); }},
                report);
    sweep.run(stop);
}

SweepReport SyncRun::sweep(const SweepOptions& options, const std::stop_token& stop) {
    const auto started = parts_.clock.monotonic();
    SweepReport report;
    report.mapping = mapping_.name;
    report.kind = options.kind;
    reported(stop, [&] {
        if (put_off()) {
            return;
        }
        retried(stop, [&] {
            // Differences that were brought in stay counted; the rest is counted anew.
            report.unkeyed = report.missing = report.pending = report.left = report.vanished = 0;
            sweep_attempt(options, report, stop);
        });
    });
    if (report.outcome == SyncOutcome::Done) {
        report.outcome = report_.outcome;
    }
    report.error = report_.error;
    report.faults.insert(report.faults.end(), report_.faults.begin(), report_.faults.end());
    report.notes.insert(report.notes.end(), report_.notes.begin(), report_.notes.end());
    note_found(mapping_, report);
    report.seconds = std::chrono::duration<double>(parts_.clock.monotonic() - started).count();
    report_.outcome = report.outcome;
    report_.faults = report.faults;
    if (!options.dry_run) {
        finish_record();
        metrics_.sweep(report, parts_.clock.now());
        log_found(report);
    }
    return report;
}

void SyncRun::log_found(const SweepReport& report) const {
    if (report.changed + report.added == 0) {
        return;
    }
    parts_.log.warning("a sweep found rows that no window brought",
                       {{"mapping", mapping_.name},
                        {"changed", std::to_string(report.changed)},
                        {"added", std::to_string(report.added)}});
}

SweepReport SyncRunner::sweep(const engine::Mapping& mapping,
                              const SweepOptions& options,
                              const std::stop_token& stop) {
    SyncOptions as_sync;
    as_sync.dry_run = options.dry_run;
    as_sync.forced = options.forced;
    return SyncRun(parts_, mapping, as_sync).sweep(options, stop);
}

}  // namespace hrbridge::jobs
