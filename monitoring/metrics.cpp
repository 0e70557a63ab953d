#include "monitoring/metrics.h"

#include <prometheus/text_serializer.h>

namespace hrbridge::monitoring {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

Family<Counter>& counter(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauge(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histogram(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

Metrics::Metrics() : Metrics(std::make_shared<Registry>()) {}

Metrics::Metrics(std::shared_ptr<Registry> registry)
    : rows_read(counter(*registry, "hrbridge_rows_read_total", "Rows read from a source.")),
      rows_written(counter(
          *registry, "hrbridge_rows_written_total", "Rows inserted or updated in the HR store.")),
      rows_unchanged(counter(*registry,
                             "hrbridge_rows_unchanged_total",
                             "Rows read again that were already stored as they are.")),
      rows_rejected(counter(
          *registry, "hrbridge_rows_rejected_total", "Rows refused by a rule of the mapping.")),
      rows_held(counter(*registry, "hrbridge_rows_held_total", "Rows that wait for a parent row.")),
      batch_seconds(histogram(
          *registry, "hrbridge_batch_seconds", "Time from a batch's first row to its commit.")),
      runs(counter(*registry, "hrbridge_runs_total", "Sync runs by outcome.")),
      source_lag_seconds(gauge(*registry,
                               "hrbridge_source_lag_seconds",
                               "Source clock minus the upper bound of the last complete window.")),
      last_success_seconds(gauge(*registry,
                                 "hrbridge_last_success_timestamp_seconds",
                                 "When a mapping's last run was done, Unix time.")),
      sweeps(counter(*registry, "hrbridge_sweeps_total", "Sweeps by kind and outcome.")),
      sweep_found_rows(counter(*registry,
                               "hrbridge_sweep_found_rows_total",
                               "Rows that only a sweep found: changed and added ones that a window "
                               "should have brought, and missing ones.")),
      sweep_last_success_seconds(gauge(*registry,
                                       "hrbridge_sweep_last_success_timestamp_seconds",
                                       "When a mapping's last sweep was done, Unix time.")),
      lateness_seconds(histogram(*registry,
                                 "hrbridge_lateness_seconds",
                                 "How late rows came that a window found in its overlap, at "
                                 "most.")),
      drift_columns(gauge(*registry,
                          "hrbridge_drift_columns",
                          "Columns in which a source differs from a mapping's contract, by what "
                          "that does to the mapping.")),
      retries(counter(*registry, "hrbridge_retries_total", "Repeated attempts at a source.")),
      source_sessions(gauge(*registry, "hrbridge_source_sessions", "Sessions with a source, now.")),
      source_sessions_most(gauge(*registry,
                                 "hrbridge_source_sessions_most",
                                 "The most sessions with a source at one time, since the start.")),
      source_wait_seconds(counter(*registry,
                                  "hrbridge_source_wait_seconds_total",
                                  "Time waited because of a source's guard: for a free session, or "
                                  "for rows to be due.")),
      source_statement_seconds(histogram(*registry,
                                         "hrbridge_source_statement_seconds",
                                         "Statements at a source, from their start to their last "
                                         "row.")),
      source_limit(gauge(*registry,
                         "hrbridge_source_limit",
                         "What a source's guard allows; a limit that is not set is missing.")),
      outbox_events(gauge(*registry, "hrbridge_outbox_events", "Messages in the outbox by state.")),
      outbox_oldest_seconds(gauge(*registry,
                                  "hrbridge_outbox_oldest_seconds",
                                  "Age of the oldest message that waits to be sent.")),
      wecom_calls(counter(*registry, "hrbridge_wecom_calls_total", "Calls of WeCom by errcode.")),
      wecom_callbacks(counter(
          *registry, "hrbridge_wecom_callbacks_total", "Callbacks of WeCom, taken and refused.")),
      terminal_records(counter(*registry,
                               "hrbridge_terminal_records_total",
                               "Lines that attendance terminals sent, by verdict.")),
      terminal_refusals(counter(*registry,
                                "hrbridge_terminal_refusals_total",
                                "Requests of attendance terminals that were refused.")),
      terminal_contact_seconds(gauge(*registry,
                                     "hrbridge_terminal_contact_timestamp_seconds",
                                     "When an attendance terminal was last heard of, Unix time.")),
      findings(gauge(*registry, "hrbridge_findings", "Findings in force by rule and level.")),
      backup_last_success_seconds(gauge(*registry,
                                        "hrbridge_backup_last_success_timestamp_seconds",
                                        "When the newest backup in the configured folder was made, "
                                        "Unix time; 0 when there is none.")),
      build_info(gauge(*registry, "hrbridge_build_info", "Always 1; the labels name the build.")),
      registry_(std::move(registry)) {
    build_info.Add({{"version", HRBRIDGE_VERSION}}).Set(1);
}

std::string Metrics::expose() const {
    return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace hrbridge::monitoring
