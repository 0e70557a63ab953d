#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <prometheus/metric_type.h>

#include "monitoring/state_metrics.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::monitoring {
namespace {

constexpr const char* kGolden = HRBRIDGE_SOURCE_DIR "/tests/monitoring/metrics.golden";

std::string type_of(prometheus::MetricType type) {
    switch (type) {
        case prometheus::MetricType::Counter:
            return "counter";
        case prometheus::MetricType::Gauge:
            return "gauge";
        case prometheus::MetricType::Histogram:
            return "histogram";
        case prometheus::MetricType::Summary:
            return "summary";
        case prometheus::MetricType::Untyped:
            return "untyped";
    }
    return "unknown";
}

void touch_state(Metrics& all) {
    StateMetrics metrics(all);
    metrics.sync_late_seconds.Add({{"mapping", "employee"}});
    metrics.ledger_entries.Add({{"kind", "promotion"}, {"subject", "core"}});
    metrics.ledger_last_entry_seconds.Add({{"kind", "promotion"}, {"subject", "core"}});
    metrics.ledger_faults.Add({});
    metrics.ledger_verified_seconds.Add({});
    metrics.rehearsals.Add({{"module", "core"}, {"state", "frozen"}});
    metrics.rehearsal_rows.Add({{"module", "core"}, {"what", "stored"}});
    metrics.disk_free_bytes.Add({{"place", "store"}});
    metrics.disk_reserve_bytes.Add({});
    metrics.certificate_end_seconds.Add({{"certificate", "web"}});
    metrics.process_start_seconds.Add({});
    metrics.process_cpu_seconds.Add({});
    metrics.process_resident_bytes.Add({});
    metrics.process_open_files.Add({});
    metrics.process_most_files.Add({});
    metrics.process_threads.Add({});
}

// Gives every family one child with the labels that monitoring/metrics.h promises, so that the
// exposition shows them all.
void touch_all(Metrics& metrics) {
    const prometheus::Labels rows{{"source", "erp"}, {"mapping", "employee"}};
    metrics.rows_read.Add(rows);
    metrics.rows_written.Add(rows);
    metrics.rows_unchanged.Add(rows);
    metrics.rows_rejected.Add({{"source", "erp"}, {"mapping", "employee"}, {"rule", "R1"}});
    metrics.rows_held.Add(rows);
    metrics.batch_seconds.Add({{"mapping", "employee"}},
                              prometheus::Histogram::BucketBoundaries{1});
    metrics.runs.Add({{"mapping", "employee"}, {"outcome", "done"}});
    metrics.source_lag_seconds.Add(rows);
    metrics.last_success_seconds.Add({{"mapping", "employee"}});
    metrics.sweeps.Add({{"mapping", "employee"}, {"kind", "keys"}, {"outcome", "done"}});
    metrics.sweep_found_rows.Add({{"mapping", "employee"}, {"kind", "changed"}});
    metrics.sweep_last_success_seconds.Add({{"mapping", "employee"}, {"kind", "keys"}});
    metrics.lateness_seconds.Add({{"mapping", "employee"}},
                                 prometheus::Histogram::BucketBoundaries{1});
    metrics.drift_columns.Add({{"mapping", "employee"}, {"kind", "removed"}, {"action", "stop"}});
    metrics.retries.Add({{"source", "erp"}, {"class", "network"}});
    metrics.source_sessions.Add({{"source", "erp"}});
    metrics.source_sessions_most.Add({{"source", "erp"}});
    metrics.source_wait_seconds.Add({{"source", "erp"}, {"why", "session"}});
    metrics.source_statement_seconds.Add({{"source", "erp"}},
                                         prometheus::Histogram::BucketBoundaries{1});
    metrics.source_limit.Add({{"source", "erp"}, {"limit", "sessions"}});
    metrics.outbox_events.Add({{"state", "waiting"}});
    metrics.outbox_oldest_seconds.Add({});
    metrics.wecom_calls.Add({{"api", "message/send"}, {"errcode", "0"}});
    metrics.wecom_callbacks.Add({{"event", "template_card_event"}, {"verdict", "accepted"}});
    metrics.terminal_records.Add({{"source", "gates"}, {"verdict", "kept"}});
    metrics.terminal_refusals.Add({{"reason", "serial"}});
    metrics.terminal_contact_seconds.Add({{"source", "gates"}, {"terminal", "CKUG1"}});
    metrics.findings.Add({{"rule", "defects"}, {"level", "watch"}});
    touch_state(metrics);
    metrics.backup_last_success_seconds.Add({});
}

// "name type {labels} help", sorted by name.
std::string described(const Metrics& metrics) {
    std::set<std::string> lines;
    for (const prometheus::MetricFamily& family : metrics.registry()->Collect()) {
        std::set<std::string> labels;
        for (const prometheus::ClientMetric& metric : family.metric) {
            for (const prometheus::ClientMetric::Label& label : metric.label) {
                labels.insert(label.name);
            }
        }
        std::string shown;
        for (const std::string& label : labels) {
            shown += (shown.empty() ? "" : ", ") + label;
        }
        lines.insert(family.name + " " + type_of(family.type) + " {" + shown + "} " + family.help +
                     "\n");
    }
    std::string text;
    for (const std::string& line : lines) {
        text += line;
    }
    return text;
}

TEST(Metrics, HaveTheNamesTypesLabelsAndHelpOfTheGoldenFile) {
    Metrics metrics;
    touch_all(metrics);
    const std::string text = described(metrics);
    // UPDATE_GOLDEN=1 accepts the change; dashboards and alerts must follow it.
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        std::ofstream(kGolden) << text;
    }
    EXPECT_EQ(text, test::read_file(kGolden));
}

TEST(Metrics, FollowPrometheusNaming) {
    Metrics metrics;
    touch_all(metrics);
    for (const prometheus::MetricFamily& family : metrics.registry()->Collect()) {
        EXPECT_TRUE(family.name.starts_with("hrbridge_")) << family.name;
        EXPECT_EQ(family.name.ends_with("_total"), family.type == prometheus::MetricType::Counter)
            << family.name;
        EXPECT_TRUE(family.help.ends_with('.')) << family.name;
    }
}

TEST(Metrics, ExposeValuesAsText) {
    Metrics metrics;
    metrics.rows_read.Add({{"source", "erp"}, {"mapping", "employee"}}).Increment(7);
    const std::string text = metrics.expose();
    EXPECT_NE(text.find("# TYPE hrbridge_rows_read_total counter\n"), std::string::npos);
    EXPECT_NE(text.find("hrbridge_rows_read_total{mapping=\"employee\",source=\"erp\"} 7"),
              std::string::npos)
        << text;
}

TEST(Metrics, NameTheBuildFromTheStart) {
    EXPECT_NE(Metrics().expose().find("hrbridge_build_info{version=\"" HRBRIDGE_VERSION "\"} 1"),
              std::string::npos);
}

TEST(Metrics, BelongToOneObjectEach) {
    Metrics one;
    const Metrics other;
    one.runs.Add({{"mapping", "employee"}, {"outcome", "done"}}).Increment();
    EXPECT_NE(one.expose().find("hrbridge_runs_total{"), std::string::npos);
    EXPECT_EQ(other.expose().find("hrbridge_runs_total{"), std::string::npos);
}

}  // namespace
}  // namespace hrbridge::monitoring
