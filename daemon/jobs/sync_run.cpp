#include "daemon/jobs/sync_run.h"

#include <algorithm>

#include <fmt/format.h>

#include "connectors/lost_column.h"
#include "daemon/jobs/drift_record.h"
#include "daemon/jobs/lost_column.h"
#include "daemon/jobs/plan.h"
#include "daemon/store/repositories.h"

namespace hrbridge::jobs {
namespace {

constexpr std::string_view kRulePrefix = "rule ";  // of the code of a rule that stops the run

std::string record_outcome(SyncOutcome outcome) {
    switch (outcome) {
        case SyncOutcome::Done:
            return "done";
        case SyncOutcome::Stopped:
        case SyncOutcome::PutOff:
            return "stopped";
        case SyncOutcome::FaultsFound:
        case SyncOutcome::Misconfigured:
        case SyncOutcome::Busy:
        case SyncOutcome::Failed:
            return "failed";
    }
    return {};
}

std::vector<std::string> unchecked_rules(const engine::Mapping& mapping) {
    std::vector<std::string> notes;
    for (const engine::RunRule& rule : mapping.run_rules) {
        notes.push_back(
            fmt::format("{}:{}: rule {} ({}) was not checked: rules over a whole run are checked "
                        "by a rehearsal only",
                        mapping.file,
                        rule.line,
                        rule.id,
                        rule.form));
    }
    return notes;
}

}  // namespace

SyncRun::SyncRun(SyncParts& parts, const engine::Mapping& mapping, const SyncOptions& options)
    : parts_(parts),
      mapping_(mapping),
      options_(options),
      retry_(parts.retry, parts.clock, parts.metrics, mapping.connection),
      metrics_(parts.metrics, mapping) {
    report_.mapping = mapping.name;
}

void SyncRun::fault(SyncOutcome outcome, base::Fault fault) {
    report_.outcome = outcome;
    report_.faults.push_back(std::move(fault));
}

void SyncRun::record(const std::vector<engine::DriftChange>& changes, bool saw_all) {
    if (!options_.dry_run) {
        record_drift(
            *session_->connection, {mapping_, changes, saw_all}, parts_.clock.now(), parts_.log);
    }
}

void SyncRun::tell_lost_column(const base::ConnectorError& refusal, const std::stop_token& stop) {
    LostColumn lost = look_for_lost_column(mapping_, *connector_, request(limits(), stop), refusal);
    record(lost.changes, lost.saw_all);
    for (base::Fault& each : lost.faults) {
        fault(SyncOutcome::FaultsFound, std::move(each));
    }
}

// Turns what ended the work into the report's outcome.
void SyncRun::reported(const std::stop_token& stop, const std::function<void()>& work) {
    try {
        work();
    } catch (const base::Stopped&) {
        report_.outcome = SyncOutcome::Stopped;
    } catch (const connectors::PutOff& why) {
        report_.outcome = SyncOutcome::PutOff;
        report_.error = why.what();
    } catch (const base::LeaseHeld& error) {
        report_.outcome = SyncOutcome::Busy;
        report_.error = error.what();
    } catch (const base::StoreError& error) {
        if (error.code().rfind(kRulePrefix, 0) == 0) {
            fault(SyncOutcome::FaultsFound, {mapping_.file + ": logic", error.what()});
        } else {
            report_.outcome = SyncOutcome::Failed;
            report_.error = error.what();
        }
    } catch (const base::ConnectorError& error) {
        if (connectors::names_lost_column(error) && connector_ && reading_) {
            tell_lost_column(error, stop);
        } else {
            report_.outcome = SyncOutcome::Failed;
            report_.error = error.what();
        }
    } catch (const std::exception& error) {
        report_.outcome = SyncOutcome::Failed;
        report_.error = error.what();
    }
}

// Tries again on new connections as long as the failure says that this may help. Each attempt
// asks the store how far the run came; nothing else knows whether the last commit was done.
void SyncRun::retried(const std::stop_token& stop, const std::function<void()>& work) {
    while (true) {
        if (stop.stop_requested()) {
            throw base::Stopped();
        }
        try {
            work();
            return;
        } catch (const store::DirectLoadRefused&) {
            may_load_directly_ = false;
        } catch (const base::SystemError& error) {
            if (stop.stop_requested()) {
                throw base::Stopped();
            }
            if (!retry_.wait(error, stop)) {
                throw;
            }
            parts_.log.warning("trying again",
                               {{"mapping", mapping_.name},
                                {"system", error.system()},
                                {"code", error.code()},
                                {"error", error.what()}});
        }
    }
}

SyncReport SyncRun::run(const std::stop_token& stop) {
    const auto started = parts_.clock.monotonic();
    report_.notes = unchecked_rules(mapping_);
    reported(stop, [&] {
        if (put_off()) {
            return;
        }
        retried(stop, [&] { attempt(stop); });
        if (report_.outcome == SyncOutcome::Done) {
            count_future_rows(stop);
        }
    });
    report_.released = released_.stored;
    note_unopened(released_, report_.notes);
    note_passed_over();
    if (passed_over_ > too_old_) {
        report_.notes.push_back(fmt::format("{} rows about people who were erased were passed over",
                                            passed_over_ - too_old_));
    }
    if (too_old_ > 0) {
        report_.notes.push_back(
            fmt::format("{} rows of days before {} were passed over: retention.facts_months",
                        too_old_,
                        kept_from_));
    }
    report_.seconds = std::chrono::duration<double>(parts_.clock.monotonic() - started).count();
    if (!options_.dry_run) {
        record_failure();
        finish_record();
        metrics_.run(report_, source_now_, parts_.clock.now());
    }
    return std::move(report_);
}

std::optional<std::string> SyncRun::obstacle() const {
    return parts_.obstacle ? parts_.obstacle(mapping_, options_.forced) : std::nullopt;
}

bool SyncRun::put_off() {
    const auto why = obstacle();
    if (why) {
        report_.outcome = SyncOutcome::PutOff;
        report_.error = *why;
    }
    return why.has_value();
}

// False when the mapping does not fit; the report says why.
bool SyncRun::prepare() {
    connectors::Connector* const source = parts_.source(mapping_.connection);
    if (source == nullptr) {
        fault(SyncOutcome::Misconfigured,
              {mapping_.file + ": source.conn", "there is no source " + mapping_.connection});
        return false;
    }
    session_.emplace();
    session_->connection = parts_.store.connect();
    session_->entities = store::entity_tables(*session_->connection);
    report_.faults =
        check_against_store(mapping_, session_->entities, session_->connection->dialect());
    if (!report_.faults.empty()) {
        report_.outcome = SyncOutcome::Misconfigured;
        return false;
    }
    if (!options_.dry_run && !lease_) {
        lease_ = std::make_unique<LeaseKeeper>(
            LeaseKeeper::Parts{parts_.store, parts_.clock, parts_.log}, "sync/" + mapping_.name);
    }
    make_connector(*source);
    return true;
}

void SyncRun::start_record(const std::string& kind) {
    if (options_.dry_run || report_.run_id != 0) {
        return;
    }
    // Whoever wrote these no longer holds the lease: his process has ended.
    session_->connection->execute(
        "UPDATE run SET outcome = 'stopped', finished_at = $2, error = 'its process ended' WHERE "
        "mapping = $1 AND outcome = 'running'",
        {mapping_.name, parts_.clock.now()});
    model::Run run;
    run.mapping = mapping_.name;
    run.source = mapping_.connection;
    run.mapping_hash = mapping_.hash;
    run.kind = kind;
    run.started_at = parts_.clock.now();
    if (reading_) {
        run.window_from = reading_->start.window_from;
        run.window_to = reading_->start.window_to;
    }
    report_.run_id = store::RunRepository(*session_->connection).start(run);
}

// A source that does not even say its time came to no reading; without a run nobody would see it.
// Of failures that follow one another with the same error the first has the run.
void SyncRun::record_failure() {
    if (report_.outcome != SyncOutcome::Failed || report_.run_id != 0 || reading_ || !lease_) {
        return;
    }
    try {
        session_->connection = parts_.store.connect();
        const auto newest = store::RunRepository(*session_->connection).latest(1, mapping_.name);
        const bool was_sync = !newest.empty() && (newest.front().kind == "full" ||
                                                  newest.front().kind == "incremental");
        if (was_sync && newest.front().outcome == "failed" && newest.front().rows_read == 0 &&
            newest.front().error == report_.error) {
            report_.run_id = newest.front().id;
        } else {
            start_record(options_.full ? "full" : "incremental");
        }
    } catch (const base::SystemError& error) {
        parts_.log.warning("a failed run cannot be recorded",
                           {{"mapping", mapping_.name}, {"error", error.what()}});
    }
}

void SyncRun::finish_record() {
    if (report_.run_id == 0) {
        return;
    }
    try {
        if (report_.outcome != SyncOutcome::Done) {
            // After a failure the old connection may be of no use.
            session_->connection = parts_.store.connect();
        }
        std::optional<std::string> error;
        if (!report_.error.empty() || !report_.faults.empty()) {
            error = report_.error.empty() ? to_text(report_.faults) : report_.error;
        }
        store::RunRepository runs(*session_->connection);
        runs.finish(report_.run_id, record_outcome(report_.outcome), parts_.clock.now(), error);
        if (const auto run = runs.find(report_.run_id)) {
            // The record also has the batch whose answer was lost, and the released holds.
            report_.rows_read = run->rows_read;
            report_.inserted = run->rows_inserted;
            report_.updated = run->rows_updated;
            report_.unchanged = run->rows_unchanged;
            report_.batches = run->batches;
        }
    } catch (const base::StoreError& error) {
        // The next run marks this one as ended; its batches are what counts.
        parts_.log.error(
            "a run's record could not be finished",
            {{"mapping", mapping_.name}, {"code", error.code()}, {"error", error.what()}});
    }
}

store::BatchPlan SyncRun::plan(const std::vector<base::DescribedColumn>& columns) const {
    store::BatchPlan plan =
        make_plan(mapping_, session_->entities, session_->connection->dialect());
    plan.run_id = report_.run_id;
    plan.epoch = reading_->start.epoch;
    plan.seal_content = parts_.seal_content;
    plan.foreign_keys = parts_.foreign_keys;
    plan.source_columns = columns;
    plan.show_key = [keys = RejectRows(mapping_, columns)](const base::RawBlock& block,
                                                           std::size_t row) {
        return keys.key_of(block, row);
    };
    if (cleared_ && parts_.erased_of_store) {
        plan.erased_epoch = erased_->epoch();
        plan.term_epoch = term_.epoch;
    }
    plan.may_put_off = !options_.dry_run;
    plan.may_load_directly = may_load_directly_;
    if (lease_) {
        plan.lease = lease_->name();
        plan.fencing_token = lease_->token();
    }
    return plan;
}

base::Zone SyncRun::zone() const {
    return base::Zone::find(mapping_.read_as.zone).value_or(base::Zone::utc());
}

base::Date SyncRun::today() const {
    return zone().date_of(parts_.clock.now());
}

ReplayReport SyncRun::replay(const std::stop_token& stop) {
    KeptRowsResult result;
    reported(stop, [&] { retried(stop, [&] { replay_rows(result, stop); }); });
    ReplayReport out;
    out.rows = result.rows;
    out.released = result.stored;
    out.remaining = result.rows - result.stored;
    note_unopened(result, out.notes);
    out.outcome = report_.outcome;
    out.error = report_.error.empty() ? to_text(report_.faults) : report_.error;
    finish_record();
    return out;
}

SyncReport SyncRunner::run(const engine::Mapping& mapping,
                           const SyncOptions& options,
                           const std::stop_token& stop) {
    return SyncRun(parts_, mapping, options).run(stop);
}

ReplayReport SyncRunner::replay(const engine::Mapping& mapping, const std::stop_token& stop) {
    SyncOptions options;
    options.forced = true;  // hours spare the source, which is not asked
    return SyncRun(parts_, mapping, options).replay(stop);
}

}  // namespace hrbridge::jobs
