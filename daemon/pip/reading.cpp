#include "daemon/pip/reading.h"

#include <algorithm>

#include "daemon/store/batch_writer.h"
#include "daemon/store/repositories.h"

namespace hrbridge::pip {
namespace {

// A day of the plant begins in UTC at most a day earlier; a report may be of the day after it came.
constexpr std::chrono::days kMostAhead{2};

std::optional<base::Timestamp> read_until(store::sql::Connection& connection,
                                          const std::string& mapping) {
    store::RunRepository runs(connection);
    const auto run = runs.last_read(mapping);
    const auto checkpoint = store::read_checkpoint(connection, mapping);
    // While a changed mapping reads all again the store holds rows of both kinds.
    if (!run || (checkpoint && checkpoint->mapping_hash != run->mapping_hash)) {
        return std::nullopt;
    }
    // So it does of both readings while one from the beginning is under way.
    if (checkpoint && !checkpoint->complete && !checkpoint->window_from) {
        return std::nullopt;
    }
    // A source's clock that was once far ahead leaves a bound in the future behind it. What was not
    // there yet when the reading began is not surely read: of a source whose clock is a little
    // ahead of ours this is too early, and a month then waits for one run more.
    base::Timestamp until = std::min(run->window_to.value_or(run->started_at), run->started_at);
    if (checkpoint && checkpoint->complete && checkpoint->run_id == run->id) {
        until = std::min(until, checkpoint->reached.value_or(until));
        // An earlier run may have read the first rows.
        const auto first = runs.find(checkpoint->first_run);
        until = std::min(until, first ? first->started_at : until);
    }
    return until;
}

}  // namespace

std::optional<Reading> least_read(store::sql::Connection& connection,
                                  const std::vector<std::string>& mappings) {
    std::optional<Reading> least;
    for (const std::string& mapping : mappings) {
        Reading reading{mapping, read_until(connection, mapping)};
        if (!least || reading.until < least->until) {  // never read is least
            least = std::move(reading);
        }
    }
    return least;
}

std::int64_t open_rows(store::sql::Connection& connection,
                       const std::vector<std::string>& mappings,
                       base::Date first_day) {
    std::int64_t rows = 0;
    for (const std::string& mapping : mappings) {
        rows += store::RejectRepository(connection)
                    .open_since(mapping,
                                base::Timestamp(std::chrono::sys_days(first_day) - kMostAhead));
    }
    return rows;
}

}  // namespace hrbridge::pip
