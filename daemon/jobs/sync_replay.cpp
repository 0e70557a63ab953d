#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/jobs/sync_run.h"
#include "daemon/store/repositories.h"
#include "mappings/engine/key_part.h"

// The part of a run that maps kept rows again.
namespace hrbridge::jobs {
namespace {

constexpr int kMostReleaseRounds = 64;  // deeper trees go on at the next run

}  // namespace

bool SyncRun::may_map_kept_rows(const std::stop_token& stop) {
    if (stop.stop_requested()) {
        throw base::Stopped();
    }
    lease_->extend(*session_->connection);
    return !put_off();
}

KeptRows SyncRun::kept_rows(store::BatchWriter& writer,
                            engine::Mapper& mapper,
                            const std::vector<base::DescribedColumn>& columns,
                            const std::stop_token& stop) {
    return KeptRows({*session_->connection,
                     writer,
                     mapper,
                     mapping_,
                     columns,
                     parts_.keys,
                     barred_among(columns),
                     [this](const store::BatchOutcome& outcome) { metrics_.kept_rows(outcome); }},
                    [this, stop] { return may_map_kept_rows(stop); });
}

// Until nothing more is released: a released row may be the parent that another waits for.
void SyncRun::release_holds(KeptRows& kept, store::Checkpoint checkpoint) {
    if (options_.dry_run || parts_.keys == nullptr) {
        return;
    }
    checkpoint.run_id = report_.run_id;
    for (int round = 0; round < kMostReleaseRounds; ++round) {
        const std::int64_t before = released_.stored;
        released_.unopened = 0;
        kept.release(checkpoint, released_);
        if (released_.stored == before || report_.outcome != SyncOutcome::Done) {
            break;
        }
    }
}

void SyncRun::replay_rows(KeptRowsResult& result, const std::stop_token& stop) {
    if (parts_.keys == nullptr) {
        throw std::runtime_error("kept rows are sealed and there is no key: configure seal_keys");
    }
    if (!prepare()) {
        return;
    }
    const auto last = store::read_checkpoint(*session_->connection, mapping_.name);
    if (!last) {
        throw std::runtime_error("the mapping has never run: there is nothing to replay");
    }
    reading_.emplace();
    reading_->start = *last;
    start_record("replay");
    store::Checkpoint checkpoint = *last;
    checkpoint.run_id = report_.run_id;
    // A second attempt looks again at what is still refused.
    result.rows = result.stored;
    result.unopened = 0;
    without_source(stop, [&](KeptRows& kept) { kept.replay(checkpoint, result); });
}

void SyncRun::without_source(const std::stop_token& stop,
                             const std::function<void(KeptRows&)>& work) {
    const auto columns = engine::kept_columns(mapping_);
    auto mapper = engine::Mapper::make(mapping_, columns, today(), parts_.keys);
    if (!mapper) {
        fault(SyncOutcome::FaultsFound, mapper.fault());
        return;
    }
    const auto writer =
        store::make_batch_writer(*session_->connection, plan(columns), parts_.keys, parts_.clock);
    KeptRows kept = kept_rows(*writer, mapper.value(), columns, stop);
    work(kept);
}

}  // namespace hrbridge::jobs
