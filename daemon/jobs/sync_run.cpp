#include "daemon/jobs/sync_run.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/jobs/pipeline.h"
#include "daemon/jobs/plan.h"
#include "daemon/store/repositories.h"
#include "mappings/engine/drift.h"

namespace hrbridge::jobs {
namespace {

constexpr std::int64_t kRowsBeforeShareCounts = 200;
constexpr int kMostReleaseRounds = 64;  // deeper trees go on at the next run

std::string drift_text(const engine::DriftChange& change) {
    std::string lines;
    for (const int line : change.lines) {
        lines += fmt::format("{}{}", lines.empty() ? "" : ", ", line);
    }
    return fmt::format("column {} {}: {}{}",
                       change.column,
                       engine::to_string(change.kind),
                       change.detail,
                       lines.empty() ? "" : fmt::format(" (mapping lines {})", lines));
}

// Bucket bounds of a batch's seconds.
const prometheus::Histogram::BucketBoundaries kBatchBuckets{
    0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

}  // namespace

SyncRun::SyncRun(SyncParts& parts, const engine::Mapping& mapping, const SyncOptions& options)
    : parts_(parts), mapping_(mapping), options_(options) {
    report_.mapping = mapping.name;
}

SyncReport SyncRun::run(const std::stop_token& stop) {
    const auto started = parts_.clock.monotonic();
    Retry retry(parts_.retry, parts_.clock, parts_.metrics, mapping_.connection);
    try {
        retry.run(stop, [&] { attempt(stop); });
    } catch (const base::Stopped&) {
        report_.outcome = SyncOutcome::Stopped;
    } catch (const base::LeaseHeld& error) {
        report_.outcome = SyncOutcome::Busy;
        report_.error = error.what();
    } catch (const std::exception& error) {
        fail(error);
    }
    report_.seconds = std::chrono::duration<double>(parts_.clock.monotonic() - started).count();
    finish_record();
    if (!options_.dry_run) {
        parts_.metrics.runs
            .Add({{"mapping", mapping_.name}, {"outcome", to_string(report_.outcome)}})
            .Increment();
    }
    return report_;
}

void SyncRun::fail(const std::exception& error) {
    report_.outcome = SyncOutcome::Failed;
    report_.error = error.what();
}

bool SyncRun::prepare() {
    if (connector_ == nullptr) {
        connector_ = parts_.source(mapping_.connection);
    }
    if (connector_ == nullptr) {
        report_.faults.push_back(
            {mapping_.file + ": source.conn", "there is no source " + mapping_.connection});
        report_.outcome = SyncOutcome::Misconfigured;
        return false;
    }
    session_.emplace();
    session_->connection = parts_.store.connect();
    session_->entities = store::entity_tables(*session_->connection);
    report_.faults = check_against_store(mapping_, session_->entities);
    if (!report_.faults.empty()) {
        report_.outcome = SyncOutcome::Misconfigured;
        return false;
    }
    if (!options_.dry_run && !lease_) {
        lease_ = std::make_unique<LeaseKeeper>(
            LeaseKeeper::Parts{parts_.store, parts_.clock, parts_.log}, "sync/" + mapping_.name);
    }
    return true;
}

// At the first attempt the window is decided; after a lost connection the store says how far the
// run came, and nothing else does.
void SyncRun::decide() {
    const auto last = store::read_checkpoint(*session_->connection, mapping_.name);
    if (reading_) {
        if (last && last->run_id == report_.run_id && report_.run_id != 0) {
            reading_->start = *last;
        }
        return;
    }
    if (!mapping_.sync.window_by.empty()) {
        source_now_ = connector_->now();
    }
    reading_ = decide_reading(mapping_, last, ReadWish{options_.full, options_.from}, source_now_);
    report_.full = reading_->full;
    report_.window_from = reading_->start.window_from;
    report_.window_to = reading_->start.window_to;
    report_.notes = reading_->notes;
}

void SyncRun::start_record() {
    if (options_.dry_run || report_.run_id != 0) {
        return;
    }
    store::RunRepository runs(*session_->connection);
    // Whoever wrote these holds the lease no longer: his process has ended.
    session_->connection->execute(
        "UPDATE run SET outcome = 'stopped', finished_at = $2, error = 'its process ended' WHERE "
        "mapping = $1 AND outcome = 'running'",
        {mapping_.name, parts_.clock.now()});
    model::Run run;
    run.mapping = mapping_.name;
    run.source = mapping_.connection;
    run.mapping_hash = mapping_.hash;
    run.kind = reading_->full ? "full" : "incremental";
    run.started_at = parts_.clock.now();
    run.window_from = reading_->start.window_from;
    run.window_to = reading_->start.window_to;
    report_.run_id = runs.start(run);
    reading_->start.run_id = report_.run_id;
}

void SyncRun::attempt(const std::stop_token& stop) {
    if (stop.stop_requested()) {
        throw base::Stopped();
    }
    if (!prepare()) {
        return;
    }
    decide();
    start_record();
    if (reading_->start.complete && reading_->start.run_id == report_.run_id &&
        report_.run_id != 0) {
        finished_ = true;  // the answer to the last commit was lost, not the commit
        return;
    }
    read_source(stop);
}

base::Date SyncRun::today() const {
    const auto zone = base::Zone::find(mapping_.read_as.zone);
    return (zone ? *zone : base::Zone::utc()).date_of(parts_.clock.now());
}

std::vector<base::DescribedColumn> SyncRun::contract_columns() const {
    std::vector<base::DescribedColumn> columns;
    for (const engine::ContractColumn& column : mapping_.columns) {
        columns.push_back(
            {column.name, column.type, column.size, column.scale, !column.never_null});
    }
    return columns;
}

store::BatchPlan SyncRun::plan(const std::vector<base::DescribedColumn>& columns) const {
    store::BatchPlan plan =
        make_plan(mapping_, session_->entities, session_->connection->dialect());
    plan.run_id = report_.run_id;
    plan.source_columns = columns;
    plan.may_load_directly = !options_.dry_run;
    if (lease_) {
        plan.lease = lease_->name();
        plan.fencing_token = lease_->token();
    }
    return plan;
}

bool SyncRun::drift_stops(const std::vector<base::DescribedColumn>& columns) {
    bool stops = false;
    for (const engine::DriftChange& change : engine::compare_columns(mapping_, columns)) {
        if (change.action == engine::DriftAction::Stop) {
            stops = true;
            report_.faults.push_back(
                {mapping_.file + ": source.columns",
                 drift_text(change) + "; adapt the mapping, or its drift policy"});
        } else if (change.action == engine::DriftAction::Warn) {
            report_.notes.push_back(drift_text(change));
            parts_.log.warning("the source has changed",
                               {{"mapping", mapping_.name}, {"change", drift_text(change)}});
        }
    }
    if (stops) {
        report_.outcome = SyncOutcome::FaultsFound;
    }
    return stops;
}

void SyncRun::read_source(const std::stop_token& stop) {
    PipelineLimits limits;
    limits.bytes = parts_.pipeline_bytes;
    limits.batch_rows = mapping_.sync.batch_rows;
    limits.batch_bytes = mapping_.sync.batch_bytes;
    connectors::ReadRequest request;
    request.dataset = &mapping_.dataset;
    request.key = mapping_.key;
    request.zone = mapping_.read_as.zone;
    request.after = reading_->start.position;
    request.block_bytes = limits.block_bytes();
    if (reading_->start.window_to) {
        request.window = {
            mapping_.sync.window_by, reading_->start.window_from, *reading_->start.window_to};
    }
    const auto source = connector_->open(request);
    const auto columns = source->columns();
    if (drift_stops(columns)) {
        return;
    }
    auto mapper = engine::Mapper::make(mapping_, columns, today());
    if (!mapper) {
        report_.faults.push_back(mapper.fault());
        report_.outcome = SyncOutcome::FaultsFound;
        return;
    }
    const store::BatchPlan batch_plan = plan(columns);
    const bool keep_rows = !batch_plan.references.empty() || !batch_plan.rules.empty();
    const auto writer =
        store::make_batch_writer(*session_->connection, batch_plan, parts_.keys, parts_.clock);
    KeptRows kept({*session_->connection, *writer, mapper.value(), mapping_, columns, parts_.keys});
    if (!options_.dry_run) {
        release_holds(kept, reading_->start);
    }
    PipelineHooks hooks;
    hooks.commit = [&](const store::Checkpoint& checkpoint) {
        return commit_batch(*writer, checkpoint);
    };
    hooks.progress = options_.progress;
    batch_started_ = parts_.clock.monotonic();
    const PipelineEnd end =
        run_pipeline({*source, mapper.value(), mapping_, *writer, parts_.clock, keep_rows},
                     limits,
                     reading_->start,
                     hooks,
                     stop);
    if (end == PipelineEnd::Stopped) {
        throw base::Stopped();
    }
    finished_ = end == PipelineEnd::AtTheEnd;
    if (finished_ && !options_.dry_run) {
        store::Checkpoint last = *store::read_checkpoint(*session_->connection, mapping_.name);
        release_holds(kept, std::move(last));
    }
}

bool SyncRun::commit_batch(store::BatchWriter& writer, const store::Checkpoint& checkpoint) {
    if (options_.dry_run) {
        add(writer.preview(report_.changes, options_.show));
        return true;
    }
    lease_->extend(*session_->connection);
    add(writer.commit(checkpoint));
    const auto now = parts_.clock.monotonic();
    parts_.metrics.batch_seconds.Add({{"mapping", mapping_.name}}, kBatchBuckets)
        .Observe(std::chrono::duration<double>(now - batch_started_).count());
    batch_started_ = now;
    if (above_threshold()) {
        report_.outcome = SyncOutcome::FaultsFound;
        report_.faults.push_back(
            {mapping_.file + ": rejects.stop_above",
             fmt::format(
                 "{} of {} rows were rejected: the run was stopped. Look at `hrbridge rejects list "
                 "--mapping {}`, correct source or mapping, and run again",
                 report_.rows_rejected(),
                 report_.rows_read,
                 mapping_.name)});
        return false;
    }
    return true;
}

void SyncRun::add(const store::BatchOutcome& outcome) {
    report_.rows_read += outcome.read;
    report_.inserted += outcome.inserted;
    report_.updated += outcome.updated;
    report_.unchanged += outcome.unchanged;
    report_.duplicates += outcome.duplicates;
    report_.batches += 1;
    for (const auto& [rule, rows] : outcome.rejected) {
        report_.rejected[rule] += rows;
    }
    for (const auto& [rule, rows] : outcome.held) {
        report_.held[rule] += rows;
    }
    for (const auto& [rule, rows] : outcome.flagged) {
        report_.flagged[rule] += rows;
    }
    if (options_.dry_run) {
        return;
    }
    const prometheus::Labels labels{{"source", mapping_.connection}, {"mapping", mapping_.name}};
    parts_.metrics.rows_read.Add(labels).Increment(static_cast<double>(outcome.read));
    parts_.metrics.rows_written.Add(labels).Increment(
        static_cast<double>(outcome.inserted + outcome.updated));
    parts_.metrics.rows_unchanged.Add(labels).Increment(static_cast<double>(outcome.unchanged));
    for (const auto& [rule, rows] : outcome.rejected) {
        parts_.metrics.rows_rejected
            .Add({{"source", mapping_.connection}, {"mapping", mapping_.name}, {"rule", rule}})
            .Increment(static_cast<double>(rows));
    }
    for (const auto& [rule, rows] : outcome.held) {
        parts_.metrics.rows_held.Add(labels).Increment(static_cast<double>(rows));
    }
}

bool SyncRun::above_threshold() const {
    const engine::RejectPolicy& policy = mapping_.rejects;
    const std::int64_t rejected = report_.rows_rejected();
    if (policy.stop_above_rows > 0 && rejected > policy.stop_above_rows) {
        return true;
    }
    return policy.stop_above_share > 0 && report_.rows_read >= kRowsBeforeShareCounts &&
           static_cast<double>(rejected) >
               policy.stop_above_share * static_cast<double>(report_.rows_read);
}

void SyncRun::release_holds(KeptRows& kept, store::Checkpoint checkpoint) {
    if (parts_.keys == nullptr) {
        return;
    }
    checkpoint.run_id = report_.run_id;
    for (int round = 0; round < kMostReleaseRounds; ++round) {
        const auto ready = kept.ready_holds();
        if (ready.empty()) {
            return;
        }
        lease_->extend(*session_->connection);
        const std::int64_t released = kept.replay(ready, checkpoint, report_.notes);
        report_.released += released;
        if (released == 0) {
            return;
        }
    }
}

void SyncRun::take_counts_from_record() {
    const auto run = store::RunRepository(*session_->connection).find(report_.run_id);
    if (run) {
        report_.rows_read = run->rows_read;
        report_.inserted = run->rows_inserted;
        report_.updated = run->rows_updated;
        report_.unchanged = run->rows_unchanged;
        report_.batches = run->batches;
    }
}

void SyncRun::finish_record() {
    if (report_.run_id == 0) {
        return;
    }
    try {
        if (!session_ || report_.outcome == SyncOutcome::Failed) {
            session_.emplace();
            session_->connection = parts_.store.connect();
        }
        const bool good = report_.outcome == SyncOutcome::Done;
        std::optional<std::string> error;
        if (!report_.error.empty()) {
            error = report_.error;
        } else if (!report_.faults.empty()) {
            error = to_text(report_.faults);
        }
        const std::string outcome = good                                      ? "done"
                                    : report_.outcome == SyncOutcome::Stopped ? "stopped"
                                                                              : "failed";
        store::RunRepository(*session_->connection)
            .finish(report_.run_id, outcome, parts_.clock.now(), error);
        take_counts_from_record();
        if (good) {
            parts_.metrics.last_success_seconds.Add({{"mapping", mapping_.name}})
                .Set(std::chrono::duration<double>(parts_.clock.now().time_since_epoch()).count());
        }
        if (good && report_.window_to) {
            parts_.metrics.source_lag_seconds
                .Add({{"source", mapping_.connection}, {"mapping", mapping_.name}})
                .Set(std::chrono::duration<double>(source_now_ - *report_.window_to).count());
        }
    } catch (const base::StoreError& error) {
        // The next run marks this one as ended; its batches are what counts.
        parts_.log.error("a run's record could not be finished",
                         {{"mapping", mapping_.name}, {"code", error.code()}});
    }
}

ReplayReport SyncRun::replay(const std::vector<std::int64_t>& ids, const std::stop_token& stop) {
    ReplayReport out;
    out.rows = static_cast<std::int64_t>(ids.size());
    try {
        if (parts_.keys == nullptr) {
            throw std::runtime_error("kept rows are sealed: configure seal_keys");
        }
        if (stop.stop_requested() || !prepare()) {
            out.outcome = stop.stop_requested() ? SyncOutcome::Stopped : report_.outcome;
            return out;
        }
        auto last = store::read_checkpoint(*session_->connection, mapping_.name);
        if (!last) {
            throw std::runtime_error("the mapping has never run: there is nothing to replay");
        }
        reading_.emplace();
        reading_->start = *last;
        start_record();
        last->run_id = report_.run_id;
        const auto columns = contract_columns();
        auto mapper = engine::Mapper::make(mapping_, columns, today());
        if (!mapper) {
            throw std::runtime_error(mapper.fault().where + ": " + mapper.fault().what);
        }
        const auto writer = store::make_batch_writer(
            *session_->connection, plan(columns), parts_.keys, parts_.clock);
        KeptRows kept(
            {*session_->connection, *writer, mapper.value(), mapping_, columns, parts_.keys});
        out.released = kept.replay(ids, *last, out.notes);
        out.remaining = out.rows - out.released;
    } catch (const base::LeaseHeld& error) {
        out.outcome = SyncOutcome::Busy;
        out.error = error.what();
    } catch (const std::exception& error) {
        out.outcome = SyncOutcome::Failed;
        out.error = error.what();
    }
    report_.outcome = out.outcome;
    report_.error = out.error;
    finish_record();
    return out;
}

SyncReport SyncRunner::run(const engine::Mapping& mapping,
                           const SyncOptions& options,
                           const std::stop_token& stop) {
    return SyncRun(parts_, mapping, options).run(stop);
}

ReplayReport SyncRunner::replay(const engine::Mapping& mapping,
                                const std::vector<std::int64_t>& reject_ids,
                                const std::stop_token& stop) {
    const SyncOptions options;
    return SyncRun(parts_, mapping, options).replay(reject_ids, stop);
}

}  // namespace hrbridge::jobs
