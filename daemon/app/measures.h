#pragma once

#include <chrono>
#include <mutex>

#include "daemon/app/migration_gauges.h"
#include "daemon/app/services.h"
#include "monitoring/state_metrics.h"

namespace hrbridge::app {

// Sets the gauges that tell of the state of things and not of what jobs did: for each scrape, so
// that they tell the truth also when no job runs. Those of a store that does not answer are NaN or
// stay as they were. Thread-safe.
class Measures {
  public:
    // `services` outlive this.
    explicit Measures(Services& services);
    void take();

  private:
    void measure_late_syncs();
    void measure_disks();

    Services& services_;
    monitoring::StateMetrics state_;
    base::Timestamp since_;
    std::mutex mutex_;
    store::KeptConnection store_;  // a scrape asks four times, every few seconds
    MigrationGauges migration_;
};

// For how long a sync that was due at `due` could have been made: the time until `now` without that
// in which the hours of the mapping or of its source forbid it, to five minutes. With hours it
// looks back a week at most.
std::chrono::microseconds late_by(const engine::Mapping& mapping,
                                  const Config& config,
                                  base::Timestamp due,
                                  base::Timestamp now);

}  // namespace hrbridge::app
