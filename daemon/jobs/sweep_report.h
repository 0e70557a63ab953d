#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/jobs/pipeline.h"
#include "daemon/jobs/sync_report.h"

namespace hrbridge::jobs {

enum class SweepKind {
    Keys,    // reads what makes the target's key: rows that are gone, rows that never came
    Hashes,  // reads and maps everything: silent changes too
};
std::string_view to_string(SweepKind kind);

struct SweepOptions {
    SweepKind kind = SweepKind::Keys;
    bool dry_run = false;     // only report; takes no lease and leaves no trace
    bool forced = false;      // also outside the hours of the source
    std::size_t show = 1000;  // the most differences that are named
    std::function<void(const Progress&)> progress;  // in the caller's thread
    std::chrono::milliseconds note_every{2000};     // so much is read again after a death
};

// One key that differed.
struct SweepFinding {
    std::string kind;                 // changed, added, missing
    std::string key;                  // personal parts masked
    std::vector<std::string> fields;  // as in RecordChange; why, where the row was refused
    bool pending = false;             // the next window would have brought it
    bool refused = false;             // its values became an open reject or hold
};

// What became of a sweep. Holds no personal data but in `findings`, where it is masked.
struct SweepReport {
    std::string mapping;
    SweepKind kind = SweepKind::Keys;
    SyncOutcome outcome = SyncOutcome::Done;
    std::int64_t run_id = 0;
    bool resumed = false;
    std::int64_t rows_read = 0;      // of the source
    std::int64_t live = 0;           // rows of the store
    std::int64_t unkeyed = 0;        // source rows without a key that could be mapped
    std::int64_t changed = 0;        // that a window should have brought; refused ones too
    std::int64_t added = 0;          // likewise
    std::int64_t missing = 0;        // all that the source no longer has
    std::int64_t first_missing = 0;  // of these, for the first time
    std::int64_t gone = 0;           // of these, deactivated
    std::int64_t pending = 0;        // differences that the next sync brings as well
    std::int64_t refused = 0;        // of changed, added and pending: now open rejects or holds
    std::int64_t vanished = 0;  // differed, and were the same or elsewhere when looked at again
    std::int64_t left = 0;      // too many: not looked at again
    std::int64_t rejects_closed = 0;  // open ones whose rows the source no longer has
    double seconds = 0;
    std::vector<SweepFinding> findings;
    std::vector<std::string> notes;
    base::Faults faults;
    std::string error;
};

}  // namespace hrbridge::jobs
