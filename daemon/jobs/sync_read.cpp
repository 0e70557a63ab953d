#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/resting_memory.h"
#include "daemon/jobs/lateness.h"
#include "daemon/jobs/plan.h"
#include "daemon/jobs/sync_run.h"
#include "daemon/store/repositories.h"

// The part of a run that reads: its window, its batches, its holds.
namespace hrbridge::jobs {
namespace {

// A share of fewer rows says nothing: one bad row in a quiet quarter of an hour is no pattern.
constexpr std::int64_t kRowsBeforeShareCounts = 200;
// Clocks of the machines that stamp a source's rows differ by less.
constexpr std::chrono::minutes kClockTolerance{5};
constexpr base::Timestamp kEndOfTime =
    std::chrono::sys_days(std::chrono::year(9999) / std::chrono::December / 31);

void note_untimed(const engine::MapCounts& counts,
                  const engine::Mapping& mapping,
                  SyncReport& report) {
    if (counts.untimed > 0) {
        report.notes.push_back(
            fmt::format("{} rows say no time in {}: of several rows with one key each other one "
                        "counts as newer",
                        counts.untimed,
                        mapping.sync.window_by));
    }
}

// A database compares them with the window's times, which none of them lies between.
void note_numbered(std::optional<engine::WatermarkForm> form,
                   const engine::Mapping& mapping,
                   SyncReport& report) {
    if (form == engine::WatermarkForm::Number && !mapping.sync.window_by.empty() &&
        mapping.dataset.find("query") != nullptr) {
        report.notes.push_back(
            fmt::format("{0} says its times as numbers, and a window asks for times: no window "
                        "will find a changed row. Have the query turn {0} into a date with a time",
                        mapping.sync.window_by));
    }
}

void note_abandoned(const store::BatchOutcome& outcome, SyncReport& report) {
    if (outcome.abandoned > 0) {
        report.notes.push_back(
            fmt::format("{} rows of the store still say what a source row said that the source no "
                        "longer gives, though another one has their key: read with --full once "
                        "more, which takes that one",
                        outcome.abandoned));
    }
}

}  // namespace

void SyncRun::attempt(const std::stop_token& stop) {
    if (!prepare()) {
        return;
    }
    decide(stop);
    if (options_.dry_run) {
        forget_counts(report_);  // nothing is stored: each attempt begins anew
    }
    start_record(reading_->full ? "full" : "incremental");
    const bool answer_was_lost =
        reading_->start.complete && reading_->start.run_id == report_.run_id && report_.run_id != 0;
    reading_->start.run_id = report_.run_id;
    if (reading_->start.position.empty()) {
        reading_->start.first_run = report_.run_id;
    }
    if (answer_was_lost) {
        // Or the store was lost later, among the holds that the last batch had made ready.
        without_source(stop, [this](KeptRows& kept) { release_holds(kept, reading_->start); });
        return;
    }
    read_source(stop);
}

// A commit whose answer was lost may reach the server later still. Its transaction holds the
// lease's row, so that whoever has locked that row sees what became of it.
void SyncRun::await_lost_commit() {
    if (reading_ && lease_) {
        store::LeaseRepository(*session_->connection).holds(lease_->name(), lease_->token());
    }
}

// At the first attempt the window is decided; afterwards the store says how far the run came.
void SyncRun::decide(const std::stop_token& stop) {
    await_lost_commit();
    const auto last = store::read_checkpoint(*session_->connection, mapping_.name);
    if (reading_) {
        if (!options_.dry_run) {
            // A crash of the store takes batches that have not reached its disk, maybe all.
            const bool any = last && report_.run_id != 0 && last->run_id == report_.run_id;
            reading_->start = any ? *last : decided_;
            if (const auto late =
                    stored_.go_back(any ? std::optional(last->position) : std::nullopt, report_)) {
                late_.resize(std::min(late_.size(), *late));
            }
        }
        return;
    }
    AskedBetween own;
    own.before = OwnClock::read(parts_.clock);
    if (!mapping_.sync.window_by.empty()) {
        source_now_ = connector_->now(stop);
    }
    own.after = OwnClock::read(parts_.clock);
    if (last && last->complete) {
        last_to_ = last->window_to;
    }
    reading_ =
        decide_reading(mapping_, last, ReadWish{options_.full, options_.from}, source_now_, own);
    decided_ = reading_->start;
    report_.full = reading_->full;
    report_.window_from = reading_->start.window_from;
    report_.window_to = reading_->start.window_to;
    report_.notes.insert(report_.notes.end(), reading_->notes.begin(), reading_->notes.end());
}

PipelineLimits SyncRun::limits() const {
    PipelineLimits limits;
    limits.bytes = parts_.pipeline_bytes;
    limits.batch_rows = mapping_.sync.batch_rows;
    limits.batch_bytes = mapping_.sync.batch_bytes;
    return limits;
}

connectors::ReadRequest SyncRun::request(const PipelineLimits& limits,
                                         const std::stop_token& stop) const {
    connectors::ReadRequest request;
    request.dataset = &mapping_.dataset;
    request.key = mapping_.key;
    request.zone = mapping_.read_as.zone;
    request.text_as_bytes = mapping_.read_as.charset != "utf-8";
    request.after = reading_->start.position;
    request.keys = parts_.keys;
    request.memory = reading_->start.memory;
    request.block_bytes = limits.block_bytes();
    request.rows_per_second = mapping_.sync.rows_per_second;
    request.stop = stop;
    if (reading_->start.window_to) {
        request.window = {
            mapping_.sync.window_by, reading_->start.window_from, *reading_->start.window_to};
    }
    return request;
}

bool SyncRun::drift_stops(const std::vector<base::DescribedColumn>& columns) {
    const auto changes = engine::compare_columns(mapping_, columns);
    record(changes, true);
    bool stops = false;
    for (const engine::DriftChange& change : changes) {
        if (change.action == engine::DriftAction::Stop) {
            stops = true;
            for (base::Fault& each : engine::drift_faults(mapping_, change)) {
                fault(SyncOutcome::FaultsFound, std::move(each));
            }
        } else if (change.action == engine::DriftAction::Warn) {
            const std::string text = engine::to_text(change);
            report_.notes.push_back(text);
            parts_.log.warning("the source has changed",
                               {{"mapping", mapping_.name}, {"change", text}});
        }
    }
    return stops;
}

// Rows are kept until the commit when a reference or rule may refuse them, and when there are
// rejects that a good row may close.
bool SyncRun::keeps_rows(const store::BatchPlan& plan) const {
    if (!plan.references.empty() || !plan.rules.empty()) {
        return true;
    }
    store::RejectFilter open;
    open.mapping = mapping_.name;
    open.limit = 1;
    return !store::RejectRepository(*session_->connection).list(open).empty();
}

void SyncRun::read_source(const std::stop_token& stop) {
    if (cleared_ && !options_.dry_run) {
        cleared_->collect_keys();
    }
    const PipelineLimits sizes = limits();
    const auto source = connector_->open(request(sizes, stop));
    const auto& columns = source->columns();
    if (drift_stops(columns)) {
        return;
    }
    auto mapper = engine::Mapper::make(mapping_, columns, today(), parts_.keys);
    if (!mapper) {
        fault(SyncOutcome::FaultsFound, mapper.fault());
        return;
    }
    store::BatchPlan batch_plan = plan(columns);
    batch_plan.disk_may_follow = true;
    if (last_to_ && reading_->start.window_from) {
        batch_plan.late_before = highest_watermark(zone(), *last_to_);
    }
    const auto writer =
        store::make_batch_writer(*session_->connection, batch_plan, parts_.keys, parts_.clock);
    KeptRows kept = kept_rows(*writer, mapper.value(), columns, stop);
    release_holds(kept, reading_->start);
    if (report_.outcome != SyncOutcome::Done) {
        return;
    }
    batch_started_ = parts_.clock.monotonic();
    const PipelineEnd end = run_pipeline(
        {*source, mapper.value(), mapping_, *writer, parts_.clock, keeps_rows(batch_plan)},
        sizes,
        reading_->start,
        hooks(*writer),
        stop);
    note_untimed(mapper.value().counts(), mapping_, report_);
    note_numbered(mapper.value().watermark_form(), mapping_, report_);
    note_lateness(mapper.value().watermark_form());
    switch (end) {
        case PipelineEnd::AtTheEnd:
            release_holds(kept, reading_->start);
            return;
        case PipelineEnd::Early:
            return;
        case PipelineEnd::Stopped:
            throw base::Stopped();
    }
}

PipelineHooks SyncRun::hooks(store::BatchWriter& writer) {
    PipelineHooks hooks;
    hooks.commit = [this, &writer](const store::Checkpoint& checkpoint) {
        return commit_batch(writer, checkpoint);
    };
    if (options_.progress) {
        hooks.progress = [this, before = report_.rows_read](Progress progress) {
            progress.rows_read += before;
            options_.progress(progress);
        };
    }
    return hooks;
}

bool SyncRun::commit_batch(store::BatchWriter& writer, const store::Checkpoint& checkpoint) {
    if (options_.dry_run) {
        add_to_report(writer.preview(report_.changes, options_.show), report_);
        return checkpoint.complete || !put_off();
    }
    retire_passed_over(writer, checkpoint);
    const store::BatchOutcome outcome = writer.commit(checkpoint);
    const std::string memory = std::exchange(reading_->start, checkpoint).memory;
    reading_->start.parts_read.clear();
    retry_.reset();
    add_to_report(outcome, report_);
    late_.insert(late_.end(), outcome.late.begin(), outcome.late.end());
    stored_.note(checkpoint.position, report_, late_.size());
    note_abandoned(outcome, report_);
    note_retired(outcome.retired);
    const auto now = parts_.clock.monotonic();
    metrics_.batch(outcome, std::chrono::duration<double>(now - batch_started_).count());
    batch_started_ = now;
    lease_->extend(*session_->connection);
    if (!std::exchange(past_first_batch_, true) && !checkpoint.complete) {
        base::give_back_constants();  // a long reading needs little of what starting it did
    }
    if (above_threshold()) {
        stop_at_threshold(writer, memory);
        return false;
    }
    return checkpoint.complete || !put_off();
}

// Rows that the overlap alone found: the last window had ended behind them.
void SyncRun::note_lateness(std::optional<engine::WatermarkForm> form) {
    const auto watermarks = std::exchange(late_, {});
    if (watermarks.empty() || !form || !last_to_) {
        return;
    }
    const auto rows = late_rows(watermarks, *form, zone(), *last_to_, source_now_);
    if (rows.empty()) {
        return;
    }
    metrics_.late(rows);
    store::LatenessRepository(*session_->connection).add(mapping_.name, rows, parts_.clock.now());
    std::int64_t deepest = 0;
    std::int64_t latest = 0;
    for (const store::LateRow& row : rows) {
        deepest = std::max(deepest, row.behind_s);
        latest = std::max(latest, row.late_s);
    }
    if (const auto overlap = suggested_overlap(mapping_, deepest)) {
        report_.notes.push_back(
            fmt::format("{} rows came late, by up to {}; the overlap found them but is nearly used "
                        "up: write overlap: {}, or the windows will miss rows",
                        rows.size(),
                        duration_text(latest),
                        *overlap));
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

// The rejects are stored, so that a person can look at them. The window begins anew at the next
// run: otherwise each run would get one batch further than the threshold allows.
void SyncRun::stop_at_threshold(store::BatchWriter& writer, const std::string& memory) {
    store::Checkpoint checkpoint = reading_->start;
    checkpoint.position.clear();
    checkpoint.complete = false;
    checkpoint.memory = memory;
    writer.commit(checkpoint);
    fault(SyncOutcome::FaultsFound,
          {mapping_.file + ": rejects.stop_above",
           fmt::format("{} of {} rows were rejected: the run was stopped. Look at `hrbridge "
                       "rejects list --mapping {}`, correct source or mapping, and run again",
                       report_.rows_rejected(),
                       report_.rows_read,
                       mapping_.name)});
}

// Rows dated later than the source's clock are outside every window until their time comes, maybe
// for ever: a person should know. One block is enough to say so, and only a query is cheap to ask.
void SyncRun::count_future_rows(const std::stop_token& stop) {
    const base::YamlNode* query = mapping_.dataset.find("query");
    const bool is_sql = query != nullptr && query->is_scalar();
    if (!reading_ || mapping_.sync.window_by.empty() || !is_sql) {
        return;
    }
    try {
        connectors::ReadRequest future = request(limits(), stop);
        future.after.clear();
        future.window = {mapping_.sync.window_by, source_now_ + kClockTolerance, kEndOfTime};
        const auto source = connector_->open(future);
        base::RawBlock block;
        if (!source->read(block, stop) || block.rows == 0) {
            return;
        }
        const std::size_t rows = block.rows;
        const bool more = source->read(block, stop);
        report_.future_rows = static_cast<std::int64_t>(rows);
        report_.notes.push_back(
            fmt::format("{}{} rows have a {} later than the source's clock and wait until then",
                        more ? "at least " : "",
                        rows,
                        mapping_.sync.window_by));
    } catch (const base::SystemError& error) {
        report_.notes.push_back(
            fmt::format("rows of the future were not counted: {}", error.what()));
    } catch (const connectors::PutOff& why) {
        report_.notes.push_back(fmt::format("rows of the future were not counted: {}", why.what()));
    }
}

}  // namespace hrbridge::jobs
