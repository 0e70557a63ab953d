#pragma once

#include <vector>

#include "daemon/base/log.h"
#include "daemon/base/time.h"
#include "daemon/store/kept_connection.h"
#include "daemon/store/store.h"
#include "mappings/engine/drift.h"
#include "monitoring/metrics.h"

namespace hrbridge::jobs {

// What a look at a mapping's source found.
struct DriftLook {
    const engine::Mapping& mapping;
    const std::vector<engine::DriftChange>& changes;
    bool saw_all = true;  // all columns, so that what is not found has come to its end
};

// Keeps in the store what stops the mapping or is warned of (not what its policy ignores), and logs
// what has come to its end. A store that fails is logged and no more: what was found is told in any
// case.
void record_drift(store::sql::Connection& connection,
                  const DriftLook& look,
                  base::Timestamp now,
                  base::Log& log);

// Sets the gauge to what the store holds now of these mappings: for each scrape, so that it tells
// the truth also after a restart and of runs of other processes. NaN when the store does not
// answer. Thread-safe.
void measure_drift(store::KeptConnection& store,
                   const std::vector<engine::Mapping>& mappings,
                   base::Log& log,
                   monitoring::Metrics& metrics);

}  // namespace hrbridge::jobs
