#include "daemon/jobs/window.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace hrbridge::jobs {
namespace {

constexpr std::size_t kShownHash = 12;

using Milliseconds = std::chrono::milliseconds;

std::string changed_note(const engine::Mapping& mapping, const store::Checkpoint& last) {
    return fmt::format(
        "the mapping changed since the last run ({} → {}): all rows are read and mapped again "
        "from the beginning; rows that come out the same are not written",
        last.mapping_hash.substr(0, kShownHash),
        mapping.hash.substr(0, kShownHash));
}

bool can_resume(const engine::Mapping& mapping,
                const std::optional<store::Checkpoint>& last,
                const ReadWish& wish) {
    return last && !last->complete && last->mapping_hash == mapping.hash && !wish.full &&
           !wish.from;
}

Reading resume(const store::Checkpoint& last) {
    Reading reading;
    reading.start = last;
    reading.full = !last.window_from;
    if (!last.position.empty()) {
        reading.notes.emplace_back(
            "an earlier run did not come to its end: reading goes on behind its last batch, up to "
            "the same upper bound");
    }
    return reading;
}

// Until when the source can have stamped the rows that were there to be read. A clock that was set
// back gives the times between itself and the old bound once more, so that bound says nothing.
base::Timestamp reached_by(const store::Checkpoint& last, base::Timestamp upper) {
    const base::Timestamp bound = *last.window_to;
    return std::min({upper, bound, last.reached.value_or(bound)});
}

std::optional<std::chrono::microseconds> time_since(const store::Checkpoint& last,
                                                    const std::optional<AskedBetween>& own) {
    const auto then = OwnClock::decode(last.own_clock);
    return then && own ? time_between(*then, own->after) : std::nullopt;
}

// The source's clock went back, and this machine's own does not tell by how much.
bool is_out_of_time(const std::optional<store::Checkpoint>& last,
                    base::Timestamp upper,
                    const std::optional<AskedBetween>& own) {
    return last && last->window_to && upper < *last->window_to && !last->own_clock.empty() && own &&
           !time_since(*last, own);
}

void set_bounds(Reading& reading,
                const engine::Mapping& mapping,
                const std::optional<store::Checkpoint>& last,
                base::Timestamp source_now,
                const std::optional<AskedBetween>& own) {
    const base::Timestamp upper = source_now - Milliseconds(mapping.sync.hold_back_ms);
    reading.start.window_to = upper;
    reading.start.reached = upper;
    if (!last || !last->window_to) {
        return;
    }
    if (!reading.full) {
        base::Timestamp from =
            last->complete ? reached_by(*last, upper) : last->window_from.value_or(upper);
        if (const auto elapsed = time_since(*last, own)) {
            from = std::min(from, source_now - *elapsed);
        }
        reading.start.window_from = from - Milliseconds(mapping.sync.overlap_ms);
    }
    if (upper < *last->window_to) {
        reading.start.window_to = last->window_to;
        reading.notes.push_back(fmt::format(
            "the source's clock is behind the last run's upper bound {}: the bound "
            "stays, and rows are read again from {} on",
            base::to_string(*last->window_to),
            reading.full ? "the beginning" : base::to_string(*reading.start.window_from)));
    }
}

}  // namespace

std::optional<base::Timestamp> next_window_from(const engine::Mapping& mapping,
                                                const store::Checkpoint& last) {
    if (!last.window_to) {
        return std::nullopt;
    }
    if (!last.complete) {
        return last.window_from;
    }
    return reached_by(last, *last.window_to) - Milliseconds(mapping.sync.overlap_ms);
}

Reading decide_reading(const engine::Mapping& mapping,
                       const std::optional<store::Checkpoint>& last,
                       const ReadWish& wish,
                       base::Timestamp source_now,
                       const std::optional<AskedBetween>& own) {
    if (can_resume(mapping, last, wish)) {
        return resume(*last);
    }
    Reading reading;
    reading.start.mapping = mapping.name;
    reading.start.mapping_hash = mapping.hash;
    reading.start.complete = false;
    if (last) {
        reading.start.epoch = last->epoch;
        reading.start.keys_changed = last->keys_changed;
    }
    const bool changed = last && last->mapping_hash != mapping.hash;
    if (changed) {
        reading.notes.push_back(changed_note(mapping, *last));
    }
    if (last && !changed && !wish.full) {
        reading.start.memory = last->memory;
    }
    const bool windowed = !mapping.sync.window_by.empty();
    // An incomplete run without a lower bound had more to read than a window would.
    const bool open_below = last && (!last->window_to || (!last->complete && !last->window_from));
    reading.full = !windowed || wish.full || changed || open_below || (!last && !wish.from);
    if (!windowed) {
        return reading;
    }
    const base::Timestamp upper = source_now - Milliseconds(mapping.sync.hold_back_ms);
    if (!reading.full && is_out_of_time(last, upper, own)) {
        reading.full = true;
        reading.notes.emplace_back(
            "the clocks of source and program both went back: all rows are read again from the "
            "beginning");
    }
    reading.start.own_clock = own ? own->before.encode() : "";
    // One that did not come to its end goes on with the same number: what it found is found.
    const bool anew = last && (last->complete || last->window_from);
    if (reading.full && anew && last->keys_changed) {
        ++reading.start.epoch;
    }
    set_bounds(reading, mapping, last, source_now, own);
    if (wish.from && !reading.full) {
        const base::Timestamp lower = reading.start.window_from.value_or(*wish.from);
        reading.start.window_from = std::min(lower, *wish.from);
    }
    return reading;
}

}  // namespace hrbridge::jobs
