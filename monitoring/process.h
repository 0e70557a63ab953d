#pragma once

#include "monitoring/state_metrics.h"

namespace hrbridge::monitoring {

// Sets the metrics of this process to what the kernel says of it now: for each scrape. What cannot
// be read stays as it is. Thread-safe.
void measure_process(StateMetrics& metrics);

}  // namespace hrbridge::monitoring
