#include "monitoring/state_metrics.h"

namespace hrbridge::monitoring {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Registry;

Family<Counter>& counter(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauge(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

}  // namespace

StateMetrics::StateMetrics(Metrics& metrics) : StateMetrics(*metrics.registry()) {}

StateMetrics::StateMetrics(Registry& registry)
    : sync_late_seconds(gauge(registry,
                              "hrbridge_sync_late_seconds",
                              "Time for which a mapping's sync is due and could be made; 0 when "
                              "none is due.")),
      ledger_entries(gauge(registry,
                           "hrbridge_ledger_entries",
                           "Entries of the ledger by what they tell and of what.")),
      ledger_last_entry_seconds(gauge(registry,
                                      "hrbridge_ledger_last_entry_timestamp_seconds",
                                      "When the newest of these entries was made, Unix time.")),
      ledger_faults(gauge(registry,
                          "hrbridge_ledger_faults",
                          "What the last verification of the ledger found wrong.")),
      ledger_verified_seconds(gauge(registry,
                                    "hrbridge_ledger_verified_timestamp_seconds",
                                    "When the daemon last verified the ledger, Unix time; 0 "
                                    "before the first time.")),
      rehearsals(gauge(registry, "hrbridge_rehearsals", "Rehearsals of a module by state.")),
      rehearsal_rows(gauge(registry,
                           "hrbridge_rehearsal_rows",
                           "Rows of a module's newest rehearsal that were read, stored, rejected "
                           "and held.")),
      disk_free_bytes(gauge(registry,
                            "hrbridge_disk_free_bytes",
                            "Room for this user under the SQLite store's and the state folder.")),
      disk_reserve_bytes(gauge(registry,
                               "hrbridge_disk_reserve_bytes",
                               "What must stay free under an SQLite store, or syncs wait.")),
      certificate_end_seconds(gauge(registry,
                                    "hrbridge_certificate_end_timestamp_seconds",
                                    "End of the certificate that is served, Unix time.")),
      process_start_seconds(gauge(registry,
                                  "hrbridge_process_start_timestamp_seconds",
                                  "When this process was started, Unix time.")),
      process_cpu_seconds(counter(registry,
                                  "hrbridge_process_cpu_seconds_total",
                                  "CPU time of this process, its own and the system's.")),
      process_resident_bytes(gauge(
          registry, "hrbridge_process_resident_bytes", "Memory of this process that is in RAM.")),
      process_open_files(gauge(
          registry, "hrbridge_process_open_files", "Open files and sockets of this process.")),
      process_most_files(gauge(registry,
                               "hrbridge_process_most_files",
                               "How many files and sockets this process may open.")),
      process_threads(gauge(registry, "hrbridge_process_threads", "Threads of this process.")) {}

}  // namespace hrbridge::monitoring
