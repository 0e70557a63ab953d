#include "daemon/jobs/sync_runner.h"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/jobs/lease_keeper.h"
#include "tests/daemon/jobs/support/sync_bench.h"

namespace hrbridge::jobs {
namespace {

using base::ConnectorError;
using base::Remedy;
using testing::Contains;
using testing::HasSubstr;
using namespace std::chrono_literals;

ConnectorError lost() {
    return {"erp", "08S01/2013", Remedy::Retry, "connection lost"};
}

class SyncRunnerTest : public testing::Test {
  protected:
    test::SyncBench bench_{"sqlite"};
};

class SyncRunnerOnBothStores : public testing::TestWithParam<std::string> {
  protected:
    test::SyncBench bench_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         SyncRunnerOnBothStores,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& instance) { return instance.param; });

TEST_P(SyncRunnerOnBothStores, FirstRunReadsEverythingUpToTheBound) {
    bench_.add_units(0, 95);
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error << to_text(report.faults);
    EXPECT_TRUE(report.full);
    EXPECT_EQ(report.rows_read, 95);
    EXPECT_EQ(report.inserted, 95);
    EXPECT_EQ(report.batches, 5);
    EXPECT_EQ(bench_.units(), 95);
    EXPECT_EQ(report.window_to, bench_.source.clock - 2min);
    EXPECT_TRUE(bench_.checkpoint()->complete);
}

TEST_F(SyncRunnerTest, SourcesGetTheKeyThatHidesRowsInPositions) {
    bench_.add_units(0, 1);
    bench_.run();
    EXPECT_EQ(bench_.source.last_request().keys, &bench_.keys);
}

TEST_P(SyncRunnerOnBothStores, ASecondRunWritesNothing) {
    bench_.add_units(0, 50);
    bench_.run();
    SyncOptions full;
    full.full = true;
    const SyncReport again = bench_.run(full);
    EXPECT_EQ(again.rows_read, 50);
    EXPECT_EQ(again.unchanged, 50);
    EXPECT_EQ(again.inserted + again.updated, 0);
    EXPECT_EQ(bench_.run().rows_read, 0);
}

TEST_F(SyncRunnerTest, OverlapFindsLateRows) {
    bench_.add_units(0, 5);
    bench_.run();
    bench_.put("D0100", "team", std::nullopt, "2024-05-06 11:40:00");  // before the last bound
    bench_.source.clock += 15min;
    const SyncReport report = bench_.run();
    EXPECT_FALSE(report.full);
    EXPECT_EQ(report.inserted, 1);
    EXPECT_EQ(report.window_from, *base::parse_timestamp("2024-05-06 11:28:00Z"));
}

TEST_P(SyncRunnerOnBothStores, ChangedRowIsUpdated) {
    bench_.add_units(0, 5);
    bench_.run();
    bench_.put("D0003", "plant", std::nullopt, "2024-05-06 12:05:00");
    bench_.source.clock += 15min;
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.rows_read, 1);
    EXPECT_EQ(report.updated, 1);
    EXPECT_EQ(bench_.store.list("SELECT code FROM org_unit WHERE kind = 'plant'"), "D0003");
}

TEST_P(SyncRunnerOnBothStores, LostSourceIsReadOnBehindTheLastCommittedBatch) {
    bench_.add_units(0, 95);
    bench_.source.before_block = [](int block) {
        if (block == 5) {
            throw lost();
        }
    };
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(bench_.source.openings(), 3);  // the last one counts rows of the future
    EXPECT_EQ(bench_.source.request(1).after, "D0049");
    EXPECT_EQ(report.rows_read, 95);
    EXPECT_EQ(bench_.units(), 95);
    EXPECT_EQ(bench_.source.rows_given(), 95);
}

TEST_F(SyncRunnerTest, ProgressGivesALostSourceItsAttemptsAgain) {
    bench_.add_units(0, 200);
    bench_.source.before_block = [](int block) {
        if (block % 6 == 5) {
            throw lost();
        }
    };
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(bench_.units(), 200);
}

TEST_F(SyncRunnerTest, FailedRunIsResumedBehindTheLastCommittedBatchWithItsBound) {
    bench_.add_units(0, 95);
    bench_.source.before_block = [](int block) {
        if (block == 5) {
            throw ConnectorError("erp", "28000/1045", Remedy::Stop, "login refused");
        }
    };
    const SyncReport failed = bench_.run();
    EXPECT_EQ(failed.outcome, SyncOutcome::Failed);
    EXPECT_EQ(failed.error, "login refused");
    EXPECT_EQ(bench_.units(), 50);
    EXPECT_FALSE(bench_.checkpoint()->complete);

    bench_.source.before_block = nullptr;
    bench_.source.clock += 1h;
    const SyncReport resumed = bench_.run();
    EXPECT_EQ(resumed.outcome, SyncOutcome::Done) << resumed.error;
    EXPECT_EQ(resumed.window_to, failed.window_to);
    EXPECT_EQ(resumed.rows_read, 45);
    EXPECT_EQ(bench_.units(), 95);
    EXPECT_THAT(resumed.notes, Contains(HasSubstr("did not come to its end")));
    EXPECT_EQ(bench_.store.list("SELECT outcome FROM run ORDER BY id"), "failed done");
}

// A run that is done opens a second reading, which counts rows of the future.
TEST_P(SyncRunnerOnBothStores, ConnectorRemembersItsLastReadingThatCameToItsEnd) {
    bench_.add_units(0, 95);
    bench_.source.memory = "first";
    bench_.run();
    EXPECT_EQ(bench_.source.request(0).memory, "");
    bench_.source.memory = "second";
    bench_.source.before_block = [](int) {
        throw ConnectorError("erp", "28000/1045", Remedy::Stop, "login refused");
    };
    bench_.run();
    EXPECT_EQ(bench_.source.request(2).memory, "first");
    bench_.source.before_block = nullptr;
    bench_.run();
    EXPECT_EQ(bench_.source.request(3).memory, "first");
    EXPECT_EQ(bench_.checkpoint()->memory, "second");
    SyncOptions full;
    full.full = true;
    bench_.run(full);
    EXPECT_EQ(bench_.source.request(5).memory, "");
}

TEST_F(SyncRunnerTest, RejectThresholdAtTheEndOfAReadingLeavesTheConnectorsMemoryAsItWas) {
    bench_.mapping =
        test::SyncBench::changed("target:", "rejects: {stop_above: {rows: 2}}\ntarget:");
    bench_.source.memory = "read";
    for (int i = 0; i < 5; ++i) {
        bench_.put(test::SyncBench::code(i), "shop", std::nullopt);
    }

    EXPECT_EQ(bench_.run().outcome, SyncOutcome::FaultsFound);
    EXPECT_EQ(bench_.checkpoint()->memory, "");
}

TEST_F(SyncRunnerTest, StopRequestEndsTheBatchUnderWayAndKeepsTheCheckpoint) {
    bench_.add_units(0, 95);
    bench_.source.before_block = [&](int block) {
        if (block == 5) {
            bench_.stop.request_stop();
        }
    };
    const SyncReport stopped = bench_.run();
    EXPECT_EQ(stopped.outcome, SyncOutcome::Stopped);
    const auto checkpoint = bench_.checkpoint();
    if (checkpoint) {
        EXPECT_FALSE(checkpoint->complete);
        EXPECT_EQ(bench_.store.list("SELECT max(code) FROM org_unit"), checkpoint->position);
    }
    bench_.stop = std::stop_source();
    bench_.source.before_block = nullptr;
    const SyncReport rest = bench_.run();
    EXPECT_EQ(rest.outcome, SyncOutcome::Done);
    EXPECT_EQ(bench_.units(), 95);
    EXPECT_EQ(stopped.rows_read + rest.rows_read, 95);
}

TEST_F(SyncRunnerTest, MappingChangeNeverResumesTheOldCheckpoint) {
    bench_.add_units(0, 95);
    bench_.source.before_block = [](int block) {
        if (block == 5) {
            throw ConnectorError("erp", "28000", Remedy::Stop, "login refused");
        }
    };
    bench_.run();
    bench_.source.before_block = nullptr;
    bench_.mapping = test::SyncBench::changed("match: 'D\\d{4}'", "match: 'D\\d+'");
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_TRUE(report.full);
    EXPECT_EQ(report.rows_read, 95);
    EXPECT_THAT(report.notes, Contains(HasSubstr("the mapping changed since the last run")));
}

TEST_F(SyncRunnerTest, SourceClockSteppingBackNeverMovesTheUpperBound) {
    bench_.add_units(0, 5);
    const SyncReport first = bench_.run();
    bench_.source.clock -= 1h;
    bench_.put("D0100", "team", std::nullopt, "2024-05-06 10:50:00");  // stamped by the wrong clock
    const SyncReport second = bench_.run();
    EXPECT_EQ(second.window_to, first.window_to);
    EXPECT_EQ(second.inserted, 1);
    EXPECT_THAT(second.notes, Contains(HasSubstr("clock is behind")));
}

TEST_F(SyncRunnerTest, RowsOfTheFutureAreCountedAndNotRead) {
    bench_.add_units(0, 5);
    bench_.put("D0100", "team", std::nullopt, "2034-01-01 00:00:00");
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.rows_read, 5);
    EXPECT_EQ(report.future_rows, 1);
    EXPECT_THAT(report.notes, Contains(HasSubstr("later than the source's clock")));
}

TEST_F(SyncRunnerTest, RowsThatSayNoTimeAreCountedAndSpokenOf) {
    bench_.put("D0001", "team", std::nullopt, "2024-05-01 around noon");
    bench_.put("D0002", "team", std::nullopt, "2024-05-01 12:00:00.1234567");
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.inserted, 2);
    EXPECT_THAT(report.notes, Contains(HasSubstr("1 rows say no time in changed")));
}

TEST_F(SyncRunnerTest, TimesThatAreNumbersAreSaidToBeFoundByNoWindow) {
    bench_.put("D0001", "team", std::nullopt, "1714953600");
    EXPECT_THAT(bench_.run().notes, Contains(HasSubstr("no window will find a changed row")));
}

TEST_F(SyncRunnerTest, RejectedRowIsKeptAndClosedWhenTheSourceIsCorrected) {
    bench_.add_units(0, 5);
    bench_.put("D0100", "shop", std::nullopt);
    const SyncReport first = bench_.run();
    EXPECT_EQ(first.rejected.at("F03"), 1);
    EXPECT_EQ(bench_.open_rejects(), 1);
    bench_.put("D0100", "plant", std::nullopt, "2024-05-06 12:05:00");
    bench_.source.clock += 15min;
    bench_.run();
    EXPECT_EQ(bench_.open_rejects(), 0);
    EXPECT_EQ(bench_.units(), 6);
}

TEST_P(SyncRunnerOnBothStores, HoldIsReleasedWhenTheParentArrives) {
    bench_.add_units(0, 5);
    bench_.put("D0100", "team", "D0200");
    const SyncReport first = bench_.run();
    EXPECT_EQ(first.held.at("F04"), 1);
    EXPECT_EQ(bench_.units(), 5);
    bench_.put("D0200", "plant", std::nullopt, "2024-05-06 12:05:00");
    bench_.source.clock += 15min;
    const SyncReport second = bench_.run();
    EXPECT_EQ(second.rows_read, 1);
    EXPECT_EQ(second.released, 1);
    EXPECT_EQ(bench_.open_rejects(), 0);
    EXPECT_EQ(bench_.units(), 7);
}

TEST_P(SyncRunnerOnBothStores, TreeInTheWrongOrderArrivesWhole) {
    constexpr int kUnits = 60;
    for (int i = 0; i < kUnits; ++i) {
        bench_.put(test::SyncBench::code(i),
                   "team",
                   i + 1 < kUnits && i % 20 != 19 ? std::optional(test::SyncBench::code(i + 1))
                                                  : std::nullopt);
    }
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(bench_.units(), kUnits);
    EXPECT_EQ(bench_.open_rejects(), 0);
    EXPECT_EQ(report.inserted, kUnits);
}

// Its reading has come to its end by then: the attempt that follows has nothing to read.
TEST(SyncRunnerOnPostgres, TreeInTheWrongOrderArrivesWholeAlsoWhenTheStoreIsLostAmongItsHolds) {
    test::SyncBench bench("postgres");
    constexpr int kUnits = 60;
    for (int i = 0; i < kUnits; ++i) {
        bench.put(test::SyncBench::code(i),
                  "team",
                  i % 20 != 19 ? std::optional(test::SyncBench::code(i + 1)) : std::nullopt);
    }
    int struck = 0;
    bench.obstacle = [&](const engine::Mapping&, bool) -> std::optional<std::string> {
        const bool among_holds =
            bench.store.count("SELECT count(*) FROM checkpoint WHERE complete") == 1;
        if (among_holds && struck < 2) {
            struck += static_cast<int>(
                bench.store.count(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
                    "current_database() AND pid <> pg_backend_pid()") > 0);
        }
        return std::nullopt;
    };
    const SyncReport report = bench.run();
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(struck, 2);
    EXPECT_EQ(bench.units(), kUnits);
    EXPECT_EQ(bench.open_rejects(), 0);
}

// Behind so many rows the load puts its indexes off and can no longer take one block back by
// itself.
TEST_P(SyncRunnerOnBothStores, KeyThatComesTwiceLateInALargeFirstLoadIsStoredOnce) {
    constexpr int kMany = 12'000;
    std::string text = test::kUnits;
    text.replace(text.find("rows: 20"), 8, "rows: 5000");
    text.replace(text.find("D\\d{4}"), 6, "D\\d{4,5}");
    bench_.mapping = test::SyncBench::load(text);
    bench_.source.rows_a_block = 1000;
    std::vector<test::ScriptedConnector::Cells> rows;
    for (int i = 0; i < kMany; ++i) {
        const std::string code = fmt::format("D{:05}", i);
        rows.push_back({code, "Unit", "team", std::nullopt, "2024-05-01 00:00:00"});
    }
    rows.push_back({"D11998 ", "Later unit", "team", std::nullopt, "2024-05-02 00:00:00"});
    bench_.source.add(rows);

    const SyncReport report = bench_.run();

    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(report.rows_read, kMany + 1);
    EXPECT_EQ(report.inserted, kMany);
    EXPECT_EQ(report.duplicates, 1);
    EXPECT_EQ(bench_.units(), kMany);
    EXPECT_EQ(bench_.store.list("SELECT name FROM org_unit WHERE code = 'D11998'"), "Later unit");
    EXPECT_EQ(bench_.store.list("SELECT name FROM first_load"), "");
}

TEST_F(SyncRunnerTest, RejectThresholdStopsTheRunAndTheNextOneBeginsItsWindowAnew) {
    bench_.mapping =
        test::SyncBench::changed("target:", "rejects: {stop_above: {rows: 5}}\ntarget:");
    bench_.add_units(0, 100);
    for (int i = 20; i < 40; ++i) {
        bench_.put(test::SyncBench::code(i), "shop", std::nullopt);
    }
    const SyncReport stopped = bench_.run();
    EXPECT_EQ(stopped.outcome, SyncOutcome::FaultsFound);
    EXPECT_EQ(stopped.rows_rejected(), 20);
    ASSERT_EQ(stopped.faults.size(), 1U);
    EXPECT_THAT(stopped.faults[0].what, HasSubstr("20 of 40 rows were rejected"));
    EXPECT_EQ(bench_.open_rejects(), 20);
    EXPECT_EQ(bench_.run().outcome, SyncOutcome::FaultsFound);

    for (int i = 20; i < 40; ++i) {
        bench_.put(test::SyncBench::code(i), "team", std::nullopt);
    }
    EXPECT_EQ(bench_.run().outcome, SyncOutcome::Done);
    EXPECT_EQ(bench_.units(), 100);
    EXPECT_EQ(bench_.open_rejects(), 0);
}

TEST_P(SyncRunnerOnBothStores, StopRuleEndsTheRunAsAFaultOfTheData) {
    bench_.mapping = test::SyncBench::changed(
        "fields:",
        "logic:\n  - {id: L01, row: \"code <> 'D0003'\", severity: stop, say: no}\nfields:");
    bench_.add_units(0, 5);
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::FaultsFound) << report.error;
    EXPECT_THAT(to_text(report.faults), HasSubstr("L01"));
    EXPECT_EQ(bench_.units(), 0);
}

TEST_F(SyncRunnerTest, DriftStopsBeforeTheFirstRowAndNamesTheLine) {
    bench_.add_units(0, 5);
    bench_.source.described()[1].type = "bigint";
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::FaultsFound);
    EXPECT_EQ(report.rows_read, 0);
    EXPECT_THAT(to_text(report.faults), HasSubstr("column name"));
    EXPECT_THAT(to_text(report.faults), HasSubstr("mapping lines"));
}

TEST_F(SyncRunnerTest, WidenedColumnIsOnlyANote) {
    bench_.add_units(0, 5);
    bench_.source.described()[1].size = 60;
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::Done);
    EXPECT_THAT(report.notes, Contains(HasSubstr("column name")));
}

TEST_P(SyncRunnerOnBothStores, DryRunLeavesTheStoreAsItWas) {
    bench_.add_units(0, 25);
    bench_.run();
    bench_.put("D0003", "plant", std::nullopt, "2024-05-06 12:05:00");
    bench_.put("D0100", "team", std::nullopt, "2024-05-06 12:05:00");
    bench_.put("D0101", "shop", std::nullopt, "2024-05-06 12:05:00");
    bench_.put("D0102", "team", "D0999", "2024-05-06 12:05:00");
    bench_.source.clock += 15min;
    const auto checkpoint = bench_.checkpoint();
    SyncOptions dry;
    dry.dry_run = true;
    const SyncReport report = bench_.run(dry);
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(report.rows_read, 4);
    std::vector<std::string> seen;
    for (const store::RecordChange& change : report.changes) {
        seen.push_back(change.action + " " + change.key);
    }
    EXPECT_THAT(seen,
                testing::UnorderedElementsAre(
                    "update D0003", "insert D0100", "reject D0101", "hold D0102"));
    EXPECT_EQ(bench_.units(), 25);
    EXPECT_EQ(bench_.open_rejects(), 0);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM run"), 1);
    EXPECT_EQ(bench_.checkpoint()->window_to, checkpoint->window_to);
}

TEST_F(SyncRunnerTest, ObstacleBeforeARunLetsNothingBeReadUnlessItIsForced) {
    bench_.add_units(0, 5);
    bench_.obstacle = [](const engine::Mapping& mapping, bool forced) {
        return forced ? std::nullopt : std::optional("not now: " + mapping.name);
    };
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::PutOff);
    EXPECT_EQ(report.error, "not now: test/org_unit");
    EXPECT_EQ(report.run_id, 0);
    EXPECT_EQ(bench_.source.openings(), 0);
    SyncOptions forced;
    forced.forced = true;
    EXPECT_EQ(bench_.run(forced).outcome, SyncOutcome::Done);
}

TEST_P(SyncRunnerOnBothStores, ObstacleBetweenBatchesEndsTheRunAndTheNextOneGoesOn) {
    bench_.add_units(0, 95);
    // Before the run, the clock, the reading; behind each batch.
    bench_.obstacle = [asked = 0, own = std::this_thread::get_id()](const engine::Mapping&,
                                                                    bool) mutable {
        const bool stands = std::this_thread::get_id() == own && ++asked > 4;
        return stands ? std::optional<std::string>("no room") : std::nullopt;
    };
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::PutOff);
    EXPECT_EQ(report.error, "no room");
    EXPECT_EQ(bench_.units(), 40);
    EXPECT_EQ(bench_.store.list("SELECT outcome || ':' || error FROM run"), "stopped:no room");

    bench_.obstacle = nullptr;
    const SyncReport next = bench_.run();
    EXPECT_EQ(next.outcome, SyncOutcome::Done) << next.error;
    EXPECT_EQ(next.rows_read, 55);
    EXPECT_EQ(bench_.units(), 95);
}

TEST_P(SyncRunnerOnBothStores, ObstacleBetweenBlocksEndsTheReadingAndWhatCameIsStored) {
    bench_.add_units(0, 95);
    std::atomic<bool> closed = false;
    bench_.source.before_block = [&](int block) { closed = closed || block == 2; };
    bench_.obstacle = [&, own = std::this_thread::get_id()](const engine::Mapping&, bool) {
        const bool stands = std::this_thread::get_id() != own && closed;
        return stands ? std::optional<std::string>("the hour is over") : std::nullopt;
    };
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::PutOff);
    EXPECT_EQ(report.error, "the hour is over");
    EXPECT_EQ(bench_.source.rows_given(), 30);
    EXPECT_EQ(bench_.units(), 30);

    bench_.obstacle = nullptr;
    const SyncReport next = bench_.run();
    EXPECT_EQ(next.outcome, SyncOutcome::Done) << next.error;
    EXPECT_EQ(next.rows_read, 65);
    EXPECT_EQ(bench_.units(), 95);
}

TEST_F(SyncRunnerTest, ASourceWithoutAFreeSessionPutsTheRunOff) {
    bench_.add_units(0, 5);
    bench_.source.before_block = [](int) { throw connectors::PutOff("all sessions in use"); };

    const SyncReport report = bench_.run();

    EXPECT_EQ(report.outcome, SyncOutcome::PutOff);
    EXPECT_EQ(report.error, "all sessions in use");
    EXPECT_EQ(bench_.source.openings(), 1);
}

TEST_F(SyncRunnerTest, ASourceThatDoesNotEvenSayItsTimeLeavesOneFailedRun) {
    bench_.add_units(0, 5);
    bench_.source.before_now = [] {
        throw ConnectorError("erp", "28000/1045", Remedy::Stop, "login refused");
    };
    EXPECT_EQ(bench_.run().outcome, SyncOutcome::Failed);
    EXPECT_EQ(bench_.run().outcome, SyncOutcome::Failed);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM run WHERE outcome = 'failed' AND error LIKE "
                                 "'%login refused%' AND finished_at IS NOT NULL"),
              1);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM run"), 1);

    bench_.source.before_now = {};
    EXPECT_EQ(bench_.run().outcome, SyncOutcome::Done);
    EXPECT_EQ(bench_.units(), 5);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM run WHERE outcome = 'done'"), 1);
}

TEST_F(SyncRunnerTest, RunThatIsUnderWayElsewhereIsBusy) {
    bench_.add_units(0, 5);
    const LeaseKeeper other({bench_.store.store(), bench_.clock, bench_.log}, "sync/test/org_unit");
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::Busy);
    EXPECT_EQ(bench_.units(), 0);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM run"), 0);
}

TEST_P(SyncRunnerOnBothStores, LeaseTakenOverDuringTheRunLetsNoBatchThrough) {
    bench_.add_units(0, 95);
    bench_.source.before_block = [&](int block) {
        if (block == 0) {
            const auto connection = bench_.store.connect();
            connection->execute("UPDATE lease SET fencing_token = fencing_token + 1", {});
        }
    };
    bench_.mapping.sync.batch_rows = 1000;
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::Failed);
    EXPECT_THAT(report.error, HasSubstr("taken over"));
    EXPECT_EQ(bench_.units(), 0);
}

TEST_P(SyncRunnerOnBothStores, ReplayedRejectIsStoredByTheCorrectedMapping) {
    bench_.add_units(0, 5);
    bench_.put("D0100", "shop", std::nullopt);
    bench_.run();
    bench_.mapping = test::SyncBench::changed("[team, plant]", "[team, plant, shop]");
    bench_.source.remove_all();
    const ReplayReport report = bench_.runner().replay(bench_.mapping, bench_.stop.get_token());
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(report.released, 1);
    EXPECT_EQ(report.remaining, 0);
    EXPECT_EQ(bench_.units(), 6);
    EXPECT_EQ(bench_.open_rejects(), 0);
}

TEST_F(SyncRunnerTest, ReplayDoesNotMoveTheReadingOn) {
    bench_.add_units(0, 5);
    bench_.put("D0100", "shop", std::nullopt);
    bench_.run();
    const auto before = bench_.checkpoint();
    ASSERT_TRUE(before);
    const ReplayReport report = bench_.runner().replay(bench_.mapping, bench_.stop.get_token());
    EXPECT_EQ(report.released, 0);
    EXPECT_EQ(report.remaining, 1);
    EXPECT_EQ(bench_.open_rejects(), 1);
    const auto after = bench_.checkpoint();
    EXPECT_EQ(after->position, before->position);
    EXPECT_EQ(after->window_to, before->window_to);
    EXPECT_EQ(after->complete, before->complete);
    EXPECT_EQ(after->mapping_hash, before->mapping_hash);
}

// A sync that ended between the wish for a replay and its lease has stored a newer row.
TEST_P(SyncRunnerOnBothStores, ReplayLeavesARejectAloneThatANewerRowHasClosed) {
    bench_.put("D0100", "shop", std::nullopt);
    bench_.run();
    bench_.put("D0100", "team", std::nullopt, "2024-05-06 12:30:00");
    bench_.source.clock += std::chrono::hours(1);
    bench_.run();
    ASSERT_EQ(bench_.open_rejects(), 0);
    bench_.mapping = test::SyncBench::changed("[team, plant]", "[team, plant, shop]");
    const ReplayReport report = bench_.runner().replay(bench_.mapping, bench_.stop.get_token());
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(report.rows, 0);
    EXPECT_EQ(bench_.store.list("SELECT kind FROM org_unit"), "team");
}

TEST_F(SyncRunnerTest, ReplayEndsBetweenItsBatchesWhenAskedToStop) {
    bench_.put("D0100", "shop", std::nullopt);
    bench_.run();
    bench_.mapping = test::SyncBench::changed("[team, plant]", "[team, plant, shop]");
    bench_.stop.request_stop();
    const ReplayReport report = bench_.runner().replay(bench_.mapping, bench_.stop.get_token());
    EXPECT_EQ(report.outcome, SyncOutcome::Stopped);
    EXPECT_EQ(bench_.open_rejects(), 1);
}

TEST_F(SyncRunnerTest, ReplayWritesNothingWhenTheStoreHasNoRoom) {
    bench_.put("D0100", "shop", std::nullopt);
    bench_.run();
    bench_.mapping = test::SyncBench::changed("[team, plant]", "[team, plant, shop]");
    bench_.obstacle = [](const engine::Mapping&, bool forced) {
        return forced ? std::optional<std::string>("no room") : std::nullopt;
    };
    const ReplayReport report = bench_.runner().replay(bench_.mapping, bench_.stop.get_token());
    EXPECT_EQ(report.outcome, SyncOutcome::PutOff);
    EXPECT_EQ(report.error, "no room");
    EXPECT_EQ(bench_.open_rejects(), 1);
}

TEST_F(SyncRunnerTest, MappingThatDoesNotFitTheStoreIsRefusedWithItsLine) {
    bench_.mapping.fields[1].target = "nmae";
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::Misconfigured);
    EXPECT_THAT(to_text(report.faults), HasSubstr("unit.map.yaml:"));
    EXPECT_THAT(to_text(report.faults), HasSubstr("name"));
}

TEST_F(SyncRunnerTest, CountsAreInTheMetrics) {
    bench_.add_units(0, 5);
    bench_.put("D0100", "shop", std::nullopt);
    bench_.run();
    const std::string text = bench_.metrics.expose();
    EXPECT_THAT(text, HasSubstr("mapping=\"test/org_unit\",source=\"erp\"} 6"));
    EXPECT_THAT(text, HasSubstr("rule=\"F03\""));
    EXPECT_THAT(text, HasSubstr("outcome=\"done\""));
}

TEST_F(SyncRunnerTest, ProgressIsReportedBlockByBlock) {
    bench_.add_units(0, 95);
    std::vector<std::int64_t> seen;
    SyncOptions options;
    options.progress = [&](const Progress& progress) { seen.push_back(progress.rows_read); };
    bench_.run(options);
    ASSERT_EQ(seen.size(), 10U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    EXPECT_EQ(seen.back(), 95);
}

}  // namespace
}  // namespace hrbridge::jobs
