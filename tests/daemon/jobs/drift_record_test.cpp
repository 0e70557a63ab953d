#include "daemon/jobs/drift_record.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/store/drift_repository.h"
#include "tests/daemon/jobs/support/sync_bench.h"

namespace hrbridge::jobs {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class DriftRecord : public testing::TestWithParam<std::string> {
  protected:
    std::vector<store::OpenDrift> open() {
        return store::DriftRepository(*bench_.store.connect()).all();
    }
    // "column kind", one behind another.
    std::string told() {
        return bench_.store.list("SELECT column_name || ' ' || kind FROM drift ORDER BY 1");
    }
    void narrow_name() { bench_.source.described()[1].size = 20; }
    void widen_name() { bench_.source.described()[1].size = 60; }
    void mend_name() { bench_.source.described()[1].size = 40; }
    std::string measured() {
        measure_drift(kept_, {bench_.mapping}, bench_.log, bench_.metrics);
        return bench_.metrics.expose();
    }

    test::SyncBench bench_{GetParam()};
    store::KeptConnection kept_{bench_.store.store()};
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         DriftRecord,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& instance) { return instance.param; });

TEST_P(DriftRecord, OfAStopTellsColumnTypesAndTheLinesOfTheMapping) {
    bench_.source.described()[1] = {
        .name = "name", .type = "bigint", .exact = true, .of_table = true};
    EXPECT_EQ(bench_.run().outcome, SyncOutcome::FaultsFound);

    const auto all = open();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].mapping, "test/org_unit");
    EXPECT_EQ(all[0].column, "name");
    EXPECT_EQ(all[0].kind, "retyped");
    EXPECT_EQ(all[0].old_type, "varchar(40)!");
    EXPECT_EQ(all[0].new_type, "bigint");
    EXPECT_EQ(all[0].detail, "varchar(40) → bigint");
    EXPECT_EQ(all[0].mapping_lines, "10, 6, 24");
    EXPECT_EQ(all[0].mapping_hash, bench_.mapping.hash);
    EXPECT_TRUE(all[0].stops);
    EXPECT_EQ(all[0].first_seen, all[0].last_seen);
}

TEST_P(DriftRecord, StaysSinceItsFirstRunAndGoesWithTheRunThatNoLongerFindsIt) {
    bench_.add_units(0, 5);
    widen_name();
    ASSERT_EQ(bench_.run().outcome, SyncOutcome::Done);
    const auto first = open();
    ASSERT_EQ(bench_.run().outcome, SyncOutcome::Done);
    const auto second = open();
    ASSERT_EQ(first.size(), 1U);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_FALSE(second[0].stops);
    EXPECT_EQ(second[0].first_seen, first[0].first_seen);
    EXPECT_GT(second[0].last_seen, first[0].last_seen);

    mend_name();
    ASSERT_EQ(bench_.run().outcome, SyncOutcome::Done);
    EXPECT_EQ(told(), "");
    EXPECT_TRUE(bench_.log.contains(
        "info the source no longer differs in this mapping=test/org_unit column=name "
        "kind=widened"));
}

TEST_P(DriftRecord, OfAnIgnoredChangeIsNone) {
    bench_.mapping =
        test::SyncBench::changed("  columns:\n", "  drift: {widened: ignore}\n  columns:\n");
    widen_name();
    ASSERT_EQ(bench_.run().outcome, SyncOutcome::Done);
    EXPECT_EQ(told(), "");
}

TEST_P(DriftRecord, IsNeitherMadeNorClosedByADryRun) {
    SyncOptions dry;
    dry.dry_run = true;
    narrow_name();
    EXPECT_EQ(bench_.run(dry).outcome, SyncOutcome::FaultsFound);
    EXPECT_EQ(told(), "");

    bench_.run();
    mend_name();
    EXPECT_EQ(bench_.run(dry).outcome, SyncOutcome::Done);
    EXPECT_EQ(told(), "name narrowed");
}

TEST_P(DriftRecord, ThatFailsHidesNeitherTheStopNorTheWarning) {
    bench_.add_units(0, 5);
    bench_.store.connect()->execute("DROP TABLE drift", {});
    widen_name();
    const SyncReport warned = bench_.run();
    EXPECT_EQ(warned.outcome, SyncOutcome::Done) << warned.error;
    EXPECT_EQ(warned.inserted, 5);
    EXPECT_THAT(warned.notes, Contains(HasSubstr("column name widened")));
    EXPECT_TRUE(bench_.log.contains("error drift could not be recorded"));

    narrow_name();
    const SyncReport stopped = bench_.run();
    EXPECT_EQ(stopped.outcome, SyncOutcome::FaultsFound);
    EXPECT_THAT(to_text(stopped.faults), HasSubstr("column name narrowed"));
}

TEST_P(DriftRecord, IsMadeAndClosedByASweepOfHashes) {
    bench_.add_units(0, 5);
    ASSERT_EQ(bench_.run().outcome, SyncOutcome::Done);
    narrow_name();
    SweepOptions hashes;
    hashes.kind = SweepKind::Hashes;
    EXPECT_EQ(bench_.sweep(hashes).outcome, SyncOutcome::FaultsFound);
    EXPECT_EQ(told(), "name narrowed");

    mend_name();
    EXPECT_EQ(bench_.sweep(hashes).outcome, SyncOutcome::Done);
    EXPECT_EQ(told(), "");
}

TEST_P(DriftRecord, OfARefusedStatementLeavesOpenWhatNobodyCouldLookAt) {
    widen_name();
    ASSERT_EQ(bench_.run().outcome, SyncOutcome::Done);
    const auto refuse = [this](const std::string& message) {
        bench_.source.before_open = [message] {
            throw base::ConnectorError("erp", "42S22/1054", base::Remedy::Stop, message);
        };
        EXPECT_EQ(bench_.run().outcome, SyncOutcome::FaultsFound);
    };
    refuse("Unknown column 'parent'");
    EXPECT_EQ(told(), "name widened parent removed");

    refuse("Unknown column 'shop'");
    EXPECT_EQ(told(), " removed name widened parent removed");
    EXPECT_THAT(open(),
                Contains(AllOf(testing::Field(&store::OpenDrift::column, ""),
                               testing::Field(&store::OpenDrift::stops, true),
                               testing::Field(&store::OpenDrift::mapping_lines, "6"),
                               testing::Field(&store::OpenDrift::detail, HasSubstr("'shop'")))));

    bench_.source.before_open = {};
    mend_name();
    ASSERT_EQ(bench_.run().outcome, SyncOutcome::Done);
    EXPECT_EQ(told(), "");
}

TEST_P(DriftRecord, IsMeasuredByMappingKindAndActionUntilItIsOver) {
    EXPECT_THAT(measured(), Not(HasSubstr("hrbridge_drift_columns{")));
    narrow_name();
    bench_.source.described().push_back({"more", "int", 0, 0, true});
    bench_.source.described().push_back({"again", "int", 0, 0, true});
    bench_.run();
    const std::string mapping = "mapping=\"test/org_unit\"";
    const std::string narrowed =
        "hrbridge_drift_columns{action=\"stop\",kind=\"narrowed\"," + mapping + "} ";
    const std::string added =
        "hrbridge_drift_columns{action=\"warn\",kind=\"added\"," + mapping + "} ";
    EXPECT_THAT(measured(), AllOf(HasSubstr(narrowed + "1"), HasSubstr(added + "2")));

    mend_name();
    bench_.run();
    EXPECT_THAT(measured(), AllOf(HasSubstr(narrowed + "0"), HasSubstr(added + "2")));

    bench_.store.connect()->execute("DROP TABLE drift", {});
    EXPECT_THAT(measured(), AllOf(HasSubstr(narrowed + "Nan"), HasSubstr(added + "Nan")));
    EXPECT_TRUE(bench_.log.contains("warning drift cannot be measured"));
}

TEST_P(DriftRecord, OfAMappingThatIsNoLongerConfiguredIsMeasuredAsNone) {
    narrow_name();
    bench_.run();
    measured();
    measure_drift(kept_, {}, bench_.log, bench_.metrics);
    EXPECT_THAT(bench_.metrics.expose(), HasSubstr("mapping=\"test/org_unit\"} 0"));
}

}  // namespace
}  // namespace hrbridge::jobs
