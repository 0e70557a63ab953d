#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/jobs/pipeline.h"
#include "daemon/store/batch_writer.h"

namespace hrbridge::jobs {

struct SyncOptions {
    bool full = false;                              // read all rows, whatever the checkpoint says
    bool dry_run = false;                           // write nothing; report what would change
    bool forced = false;                            // also outside the hours of the source
    std::optional<base::Timestamp> from;            // read at least from here (ReadWish)
    std::size_t show = 1000;                        // dry run: the most records listed
    std::function<void(const Progress&)> progress;  // in the caller's thread, after each block
};

enum class SyncOutcome {
    Done,
    FaultsFound,    // drift, a stop rule or a reject threshold: the data needs a person
    Misconfigured,  // the mapping does not fit the store or the source
    Stopped,        // on request; goes on where it was at the next run
    PutOff,         // the hours or the room do not allow it now; the next run goes on where it was
    Busy,           // another run of this mapping holds the lease
    Failed,         // source or store; `error` says what to do
};
std::string to_string(SyncOutcome outcome);

// What became of a run. Holds no personal data but in `changes`, where it is masked.
struct SyncReport {
    std::string mapping;
    SyncOutcome outcome = SyncOutcome::Done;
    std::int64_t run_id = 0;  // 0 in a dry run
    bool full = false;
    std::optional<base::Timestamp> window_from;
    std::optional<base::Timestamp> window_to;
    std::int64_t rows_read = 0;
    std::int64_t inserted = 0;
    std::int64_t updated = 0;
    std::int64_t unchanged = 0;
    std::int64_t duplicates = 0;
    std::map<std::string, std::int64_t> rejected;  // by rule
    std::map<std::string, std::int64_t> held;      // by rule, before any were released
    std::map<std::string, std::int64_t> flagged;   // by rule
    std::int64_t released = 0;                     // held rows that found their parents
    std::int64_t corrected = 0;    // rows without a key that are gone: their rejects are closed
    std::int64_t future_rows = 0;  // dated later than the source's clock: not read until then
    std::int64_t batches = 0;
    double seconds = 0;
    std::vector<std::string> notes;            // what a person should know
    base::Faults faults;                       // FaultsFound and Misconfigured
    std::string error;                         // Failed, Busy, PutOff
    std::vector<store::RecordChange> changes;  // dry run

    std::int64_t rows_rejected() const;
    std::int64_t rows_held() const;
};

// The faults as one text of a line each, for a run's record and for logs.
std::string to_text(const base::Faults& faults);

}  // namespace hrbridge::jobs
