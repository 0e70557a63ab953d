#pragma once

#include "daemon/base/log.h"
#include "daemon/base/time.h"
#include "daemon/store/kept_connection.h"
#include "monitoring/metrics.h"

namespace hrbridge::jobs {

// Sets the gauges of the outbox to what the store holds now: for each scrape, so that they tell the
// truth also when no job runs. NaN when the store does not answer. Thread-safe.
void measure_outbox(store::KeptConnection& store,
                    base::Timestamp now,
                    base::Log& log,
                    monitoring::Metrics& metrics);

}  // namespace hrbridge::jobs
