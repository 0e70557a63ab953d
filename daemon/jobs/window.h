#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/jobs/own_clock.h"
#include "daemon/store/batch_writer.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::jobs {

// What a person asked for, as far as it decides what is read.
struct ReadWish {
    bool full = false;
    // Reads at least from here. It can only widen the window of a mapping that has run before, so
    // that no gap is left behind.
    std::optional<base::Timestamp> from;
};

struct Reading {
    // Where the run starts: its window is fixed, `position` is not empty when an earlier run is
    // taken up where it was left. run_id is for the caller to set.
    store::Checkpoint start;
    bool full = false;
    std::vector<std::string> notes;  // for the report: why this is read and not less
};

// Decides what a run reads. `last` is the store's checkpoint; `source_now` is read for mappings
// with a window only. The upper bound is source_now − hold_back, but never before the last one:
// when the source's clock was set back the lower bound goes back with it instead, and stays there
// for as long as the clock has not run past it again. `own` tells how much time went by since then:
// what was written meanwhile is stamped no earlier than so long before source_now, wherever the
// source's clock was set in between.
Reading decide_reading(const engine::Mapping& mapping,
                       const std::optional<store::Checkpoint>& last,
                       const ReadWish& wish,
                       base::Timestamp source_now,
                       const std::optional<AskedBetween>& own = std::nullopt);

// The lower bound that the next run's window will have; nullopt: it will have none.
std::optional<base::Timestamp> next_window_from(const engine::Mapping& mapping,
                                                const store::Checkpoint& last);

}  // namespace hrbridge::jobs
