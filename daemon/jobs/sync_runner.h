#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/seal.h"
#include "daemon/jobs/retry.h"
#include "daemon/jobs/sweep_report.h"
#include "daemon/jobs/sync_report.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/fact_term.h"
#include "daemon/store/first_load.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"
#include "monitoring/metrics.h"

namespace hrbridge::jobs {

struct SyncParts {
    store::Store& store;
    // The configured source of this name; nullptr when there is none. Thread-safe.
    std::function<connectors::Connector*(const std::string&)> source;
    const base::SealKeys* keys;  // nullptr: nothing is sealed and kept rows cannot be replayed
    base::Clock& clock;
    base::Log& log;
    monitoring::Metrics& metrics;
    RetryPolicy retry = {};
    std::size_t pipeline_bytes = 16U << 20U;  // of one run
    std::string state_folder = {};            // for what a sweep keeps on disk; empty: "."
    // What stands against reading this mapping now, for a person to read; nullopt: nothing. Asked
    // before a run, whose outcome is then PutOff, after each of its batches, and before each block,
    // also from other threads. May be empty.
    std::function<std::optional<std::string>(const engine::Mapping&, bool forced)> obstacle = {};
    // Whether a first load's end proves the foreign keys: store::BatchPlan::foreign_keys.
    store::FirstLoad::Proof foreign_keys = store::FirstLoad::Proof::ByTheStore;
    // Who was erased, asked at each beginning of a reading: no source brings these back. May be
    // empty: nobody. Throws StoreError.
    std::function<store::ErasedPeople()> erased = {};
    // From which day on the entity's rows are kept; asked likewise. May be empty: all are.
    std::function<store::FactTermState(const std::string& entity)> fact_term = {};
    // Whether these are the erased of `store` itself, whose batches an erasure has to see.
    bool erased_of_store = true;
    // Tells the ledger what an entity that was promoted holds now: store::BatchPlan::seal_content.
    std::function<void(store::sql::Connection&, const store::SealedContent&)> seal_content = {};
};

// What became of kept rows that were mapped again.
struct ReplayReport {
    SyncOutcome outcome = SyncOutcome::Done;
    std::int64_t rows = 0;
    std::int64_t released = 0;   // now stored; their rejects are closed
    std::int64_t remaining = 0;  // still refused or waiting
    std::vector<std::string> notes;
    std::string error;
};

// Runs mappings, each under the lease "sync/<mapping>". Stateless but for its parts; thread-safe.
class SyncRunner {
  public:
    explicit SyncRunner(SyncParts parts) : parts_(std::move(parts)) {}

    // Reads what the checkpoint in the store says is next and brings it into the store, batch by
    // batch; holds are tried again before and after. Failures of source and store are in the
    // report, and in the run's record when it came that far. A dry run takes no lease and leaves
    // no trace; each of its batches is compared with the store as it is, not with the batches
    // before it.
    SyncReport run(const engine::Mapping& mapping,
                   const SyncOptions& options,
                   const std::stop_token& stop);

    // Maps every open reject and hold again, without the source, until asked to stop; what was
    // stored until then stays so.
    ReplayReport replay(const engine::Mapping& mapping, const std::stop_token& stop);

    // Compares the whole source with the whole entity, brings in what differs, and deactivates what
    // the source no longer has (sync.on_missing). The caller has made sure that no other mapping
    // writes the entity. A sweep that did not come to its end goes on where it was.
    SweepReport sweep(const engine::Mapping& mapping,
                      const SweepOptions& options,
                      const std::stop_token& stop);

  private:
    SyncParts parts_;
};

}  // namespace hrbridge::jobs
