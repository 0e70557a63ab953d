#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/jobs/support/sync_bench.h"

namespace hrbridge::jobs {
namespace {

using test::SyncBench;
using testing::Contains;
using testing::HasSubstr;
using namespace std::chrono_literals;

// Rows that a sweep found to be gone from their source.
class GoneRows : public testing::TestWithParam<std::string> {
  protected:
    void gone(const std::string& unit) {
        bench_.store.connect()->execute("UPDATE org_unit SET gone_at = $2 WHERE code = $1",
                                        {unit, bench_.clock.now()});
    }
    std::string live() {
        return bench_.store.list("SELECT code FROM org_unit WHERE gone_at IS NULL ORDER BY code");
    }
    void run_later(const std::string& write = "upsert") {
        bench_.mapping = SyncBench::changed("write: upsert", "write: " + write);
        bench_.source.clock += 15min;
        const SyncReport report = bench_.run();
        ASSERT_EQ(report.outcome, SyncOutcome::Done) << report.error << to_text(report.faults);
    }

    SyncBench bench_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         GoneRows,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& instance) { return instance.param; });

TEST_P(GoneRows, AreBackAsSoonAsTheirKeyIsReadAgainWithTheSameValues) {
    bench_.add_units(0, 3);
    bench_.run();
    gone("D0001");
    bench_.put("D0001", "team", std::nullopt, "2024-05-06 12:05:00");
    run_later();
    EXPECT_EQ(live(), "D0000 D0001 D0002");
}

TEST_P(GoneRows, AreBackWithTheirNewValuesWhenTheMappingOnlyInserts) {
    bench_.mapping = SyncBench::changed("write: upsert", "write: insert_only");
    bench_.add_units(0, 3);
    bench_.run();
    gone("D0001");
    bench_.put("D0000", "plant", std::nullopt, "2024-05-06 12:05:00");
    bench_.put("D0001", "plant", std::nullopt, "2024-05-06 12:05:00");
    run_later("insert_only");
    EXPECT_EQ(live(), "D0000 D0001 D0002");
    EXPECT_EQ(bench_.store.list("SELECT kind FROM org_unit ORDER BY code"), "team plant team");
}

TEST_P(GoneRows, KeepInTheHistoryThatTheyWereGone) {
    bench_.mapping = SyncBench::changed("write: upsert", "write: history");
    bench_.add_units(0, 3);
    bench_.run();
    gone("D0001");
    bench_.put("D0001", "team", std::nullopt, "2024-05-06 12:05:00");
    run_later("history");
    EXPECT_EQ(bench_.store.list("SELECT code FROM org_unit_history WHERE gone_at IS NOT NULL"),
              "D0001");
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM org_unit_history"), 1);
}

TEST_P(GoneRows, AreNoParentsOfOthers) {
    bench_.add_units(0, 3);
    bench_.run();
    gone("D0001");
    bench_.put("D0100", "team", "D0001", "2024-05-06 12:05:00");
    run_later();
    EXPECT_EQ(live(), "D0000 D0002");
    EXPECT_EQ(bench_.store.list("SELECT waits_for FROM reject WHERE state = 'open'"),
              "org_unit.code=D0001");
    run_later();
    EXPECT_EQ(bench_.open_rejects(), 1);
    bench_.put("D0001", "team", std::nullopt, "2024-05-06 12:35:00");
    run_later();
    EXPECT_EQ(live(), "D0000 D0001 D0002 D0100");
    EXPECT_EQ(bench_.open_rejects(), 0);
}

TEST_P(GoneRows, AreShownAsBackByADryRun) {
    bench_.add_units(0, 3);
    bench_.run();
    gone("D0001");
    SyncOptions options;
    options.dry_run = true;
    options.full = true;
    const SyncReport report = bench_.run(options);
    ASSERT_EQ(report.changes.size(), 1U);
    EXPECT_EQ(report.changes[0].key, "D0001");
    EXPECT_THAT(report.changes[0].fields, Contains(HasSubstr("back in its source")));
    EXPECT_EQ(live(), "D0000 D0002");
}

}  // namespace
}  // namespace hrbridge::jobs
