#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/time.h"

namespace hrbridge::model {

// One run of one mapping, as the `run` table keeps it.
struct Run {
    std::int64_t id = 0;
    std::string mapping;
    std::string source;
    std::string mapping_hash;
    std::string kind = "incremental";  // incremental, full, replay, promotion, rollback
    std::string outcome = "running";   // running, done, failed, stopped
    base::Timestamp started_at;
    std::optional<base::Timestamp> finished_at;
    std::optional<base::Timestamp> window_from;
    std::optional<base::Timestamp> window_to;
    std::int64_t rows_read = 0;
    std::int64_t rows_inserted = 0;
    std::int64_t rows_updated = 0;
    std::int64_t rows_unchanged = 0;
    std::int64_t rows_rejected = 0;
    std::int64_t rows_held = 0;
    std::int64_t batches = 0;
    std::optional<std::string> error;
};

// A row that waits for a person or for its parent. The packed row is not here: it is read, and
// opened, only for a replay.
struct RejectedRow {
    std::int64_t id = 0;
    std::string mapping;
    std::int64_t run_id = 0;
    std::string kind;  // row, hold
    std::string rule;
    std::string field;
    std::string reason;
    std::string source_key;
    std::optional<std::string> waits_for;
    // open; released: the row was stored; corrected: it is gone from its source; dismissed: by a
    // person, who, when and why below
    std::string state;
    std::int64_t seen = 1;
    base::Timestamp first_seen;
    base::Timestamp last_seen;
    std::optional<std::string> closed_by;
    std::optional<base::Timestamp> closed_at;
    std::optional<std::string> closed_reason;
};

struct Job {
    std::string name;
    bool paused = false;
    std::optional<std::string> paused_by;
    std::optional<std::string> reason;
    std::optional<base::Timestamp> last_start;
    std::optional<base::Timestamp> next_start;
};

// What the scheduler of a daemon has to know of a job before it starts it.
struct JobClaim {
    std::string name;
    bool paused = false;
    std::optional<base::Timestamp> last_start;
    std::optional<base::Timestamp> next_start;
    std::optional<std::string> holder;  // runs it; empty: handed back before it was done
    std::optional<base::Timestamp> held_until;
    bool over = false;          // its term has ended, by the clock that counts for the store
    std::int64_t attempts = 0;  // claims of the start that is under way
};

}  // namespace hrbridge::model
