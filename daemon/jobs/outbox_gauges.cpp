#include "daemon/jobs/outbox_gauges.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "daemon/base/error.h"
#include "daemon/store/repositories.h"

namespace hrbridge::jobs {
namespace {

constexpr std::array<const char*, 5> kStates{"waiting", "sending", "sent", "uncertain", "dead"};

struct Measured {
    std::array<double, kStates.size()> counts{};
    double oldest_seconds = 0;
};

Measured measure(store::OutboxRepository& outbox, base::Timestamp now) {
    Measured measured;
    std::optional<base::Timestamp> oldest;
    for (const auto& depth : outbox.depth()) {
        for (std::size_t i = 0; i < kStates.size(); ++i) {
            if (depth.state == kStates.at(i)) {
                measured.counts.at(i) = static_cast<double>(depth.events);
            }
        }
        if (depth.state == "waiting" || depth.state == "sending") {
            oldest = oldest && depth.oldest ? std::min(*oldest, *depth.oldest) : depth.oldest;
        }
    }
    if (oldest) {
        measured.oldest_seconds = std::chrono::duration<double>(now - *oldest).count();
    }
    return measured;
}

Measured unknown() {
    Measured measured;
    measured.counts.fill(std::numeric_limits<double>::quiet_NaN());
    measured.oldest_seconds = std::numeric_limits<double>::quiet_NaN();
    return measured;
}

}  // namespace

void measure_outbox(store::KeptConnection& store,
                    base::Timestamp now,
                    base::Log& log,
                    monitoring::Metrics& metrics) {
    Measured measured = unknown();
    try {
        // Not straight into `measured`: gcc 12 lets what is assigned be built there, so that a
        // failure in the midst would leave zeros behind.
        const Measured read = store.use([&](store::sql::Connection& connection) {
            store::OutboxRepository outbox(connection);
            return measure(outbox, now);
        });
        measured = read;
    } catch (const base::StoreError& error) {
        log.warning("the outbox cannot be measured", {{"code", error.code()}});
    }
    for (std::size_t i = 0; i < kStates.size(); ++i) {
        metrics.outbox_events.Add({{"state", kStates.at(i)}}).Set(measured.counts.at(i));
    }
    metrics.outbox_oldest_seconds.Add({}).Set(measured.oldest_seconds);
}

}  // namespace hrbridge::jobs
