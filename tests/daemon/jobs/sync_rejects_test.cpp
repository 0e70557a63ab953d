#include <chrono>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/jobs/sync_runner.h"
#include "tests/daemon/jobs/support/sync_bench.h"

namespace hrbridge::jobs {
namespace {

using test::SyncBench;
using namespace std::chrono_literals;

// What becomes of rows that a run refuses, and of others who write meanwhile.
class SyncRejects : public testing::TestWithParam<std::string> {
  protected:
    // A row whose key the source does not give.
    void put_without_key(const std::string& name) {
        bench_.source.put({std::nullopt, name, "team", std::nullopt, "2024-05-01 00:00:00"});
    }
    SyncReport read_all() {
        SyncOptions options;
        options.full = true;
        return bench_.run(options);
    }
    std::string states() { return bench_.store.list("SELECT state FROM reject ORDER BY id"); }

    SyncBench bench_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         SyncRejects,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& instance) { return instance.param; });

TEST_P(SyncRejects, OthersCanWriteWhileTheSourceIsQuiet) {
    bench_.add_units(0, 15);
    bool written = false;
    bench_.source.before_block = [&](int block) {
        if (block != 1) {
            return;
        }
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        const auto connection = bench_.store.connect();
        while (bench_.units() == 0 && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::yield();
        }
        store::JobRepository(*connection).set_times("outbox", bench_.clock.now(), std::nullopt);
        written = true;
    };
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_TRUE(written);
    EXPECT_EQ(report.batches, 2);
}

// An index over what rows wait for holds no text of 3,000 characters.
TEST_P(SyncRejects, RowWhoseParentIsLongerThanAnyKeyIsRefusedAloneAndDoesNotStopTheRun) {
    std::string parent;
    for (unsigned i = 0, mixed = 7; i < 3000; ++i) {
        mixed = mixed * 1'664'525U + 1'013'904'223U;
        const unsigned letter = 0x4E00U + (mixed >> 16U) % 0x5000U;
        parent += {static_cast<char>(0xE0U | letter >> 12U),
                   static_cast<char>(0x80U | (letter >> 6U & 0x3FU)),
                   static_cast<char>(0x80U | (letter & 0x3FU))};
    }
    bench_.add_units(0, 5);
    bench_.put("D0005", "team", parent);

    const SyncReport report = bench_.run();

    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error << to_text(report.faults);
    EXPECT_EQ(report.rejected, (std::map<std::string, std::int64_t>{{"F04", 1}}));
    EXPECT_EQ(bench_.units(), 5);
}

TEST_P(SyncRejects, ThresholdCrossedInTheLastBatchIsNotUndoneByTheReleaseOfHolds) {
    bench_.mapping = SyncBench::changed("target:", "rejects: {stop_above: {rows: 5}}\ntarget:");
    bench_.add_units(0, 5);
    for (int i = 5; i < 15; ++i) {
        bench_.put(SyncBench::code(i), "shop", std::nullopt);
    }
    bench_.put("D0020", "team", "D0021");
    bench_.put("D0021", "team", std::nullopt);
    EXPECT_EQ(bench_.run().outcome, SyncOutcome::FaultsFound);
    EXPECT_FALSE(bench_.checkpoint()->complete);
}

TEST_P(SyncRejects, RowThatARowRuleRefusesMakesNoOtherOneADuplicate) {
    bench_.mapping =
        SyncBench::changed("target:",
                           "logic:\n"
                           "  - {id: L01, unique: [kind], say: twice}\n"
                           "  - {id: L02, row: \"code <> 'D0001'\", say: not this one}\n"
                           "target:");
    bench_.put("D0001", "team", std::nullopt);
    bench_.put("D0002", "team", std::nullopt);

    const SyncReport report = bench_.run();

    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error << to_text(report.faults);
    EXPECT_EQ(report.rejected, (std::map<std::string, std::int64_t>{{"L02", 1}}));
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM org_unit WHERE code = 'D0002'"), 1);
}

TEST_P(SyncRejects, HoldOfARuleIsCountedOnceHoweverOftenItIsMappedAgain) {
    bench_.mapping = SyncBench::changed(
        "fields:",
        "logic:\n  - {id: L01, row: \"code <> 'D0003'\", severity: hold, say: no}\nfields:");
    bench_.add_units(0, 5);
    const SyncReport report = bench_.run();
    EXPECT_EQ(report.held.at("L01"), 1);
    bench_.run();
    EXPECT_EQ(bench_.store.list("SELECT rows_held FROM run ORDER BY id"), "1 0");
    EXPECT_EQ(bench_.open_rejects(), 1);
}

TEST_P(SyncRejects, KeysOfRowsThatTheStoreRefusesAreMaskedWhenTheyArePersonal) {
    bench_.mapping = SyncBench::changed("id: F01", "pii: name, id: F01");
    bench_.put("D0100", "team", "D0200");
    bench_.run();
    EXPECT_EQ(bench_.store.list("SELECT source_key FROM reject"), "D***0");
}

TEST_P(SyncRejects, DryRunThatLosesItsSourceCountsEachRowOnce) {
    bench_.add_units(0, 45);
    bench_.put("D0003", "shop", std::nullopt);
    bench_.source.before_block = [](int block) {
        if (block == 3) {
            throw base::ConnectorError("erp", "08S01", base::Remedy::Retry, "lost");
        }
    };
    SyncOptions dry;
    dry.dry_run = true;
    const SyncReport report = bench_.run(dry);
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(report.rows_read, 45);
    EXPECT_EQ(report.inserted, 44);
    EXPECT_EQ(report.rows_rejected(), 1);
    EXPECT_EQ(report.changes.size(), 45U);
}

TEST_P(SyncRejects, RowsThatHadWaitedOrWereRefusedCountAsWrittenOnceStored) {
    const auto written = [&] {
        return bench_.metrics.rows_written
            .Add({{"source", bench_.mapping.connection}, {"mapping", bench_.mapping.name}})
            .Value();
    };
    bench_.put("D0001", "team", "D0002");
    bench_.put("D0002", "plant", std::nullopt);
    bench_.put("D0003", "shop", std::nullopt);
    EXPECT_EQ(bench_.run().released, 1);
    EXPECT_EQ(written(), 2);
    EXPECT_EQ(bench_.units(), 2);
    bench_.mapping = SyncBench::changed("one_of: [team, plant]", "one_of: [team, plant, shop]");
    EXPECT_EQ(bench_.runner().replay(bench_.mapping, {}).released, 1);
    EXPECT_EQ(written(), 3);
    EXPECT_EQ(bench_.units(), 3);
}

TEST_P(SyncRejects, RowWithoutAKeyIsClosedWhenItsSourceWasReadWholeWithoutIt) {
    bench_.source.parts = {""};
    bench_.add_units(0, 3);
    put_without_key("Unit A");
    EXPECT_EQ(bench_.run().rows_rejected(), 1);
    EXPECT_EQ(read_all().corrected, 0);
    EXPECT_EQ(states(), "open");
    bench_.source.remove_all();
    bench_.add_units(0, 4);
    EXPECT_EQ(read_all().corrected, 1);
    EXPECT_EQ(states(), "corrected");
    put_without_key("Unit A");
    EXPECT_EQ(read_all().rows_rejected(), 1);
    EXPECT_EQ(states(), "open");
}

TEST_P(SyncRejects, RowWithoutAKeyStaysOpenWhenItsSourceMayStillHaveIt) {
    bench_.add_units(0, 3);
    put_without_key("Unit A");
    bench_.run();
    bench_.source.remove_all();
    bench_.add_units(0, 4);
    EXPECT_EQ(read_all().corrected, 0);
    EXPECT_EQ(states(), "open");
}

TEST_P(SyncRejects, RowWithoutAKeyThatTheInterruptedReadingGaveStaysOpenAtItsEnd) {
    bench_.source.parts = {""};
    put_without_key("Unit A");
    bench_.add_units(0, 45);
    bench_.run();
    put_without_key("Unit B");
    int blocks = 0;
    bench_.source.before_block = [&](int) {
        if (++blocks == 4) {
            throw base::ConnectorError("erp", "42000", base::Remedy::Stop, "gone");
        }
    };
    EXPECT_EQ(read_all().outcome, SyncOutcome::Failed);
    EXPECT_EQ(states(), "open open");
    bench_.source.before_block = nullptr;
    const SyncReport rest = bench_.run();
    EXPECT_EQ(rest.outcome, SyncOutcome::Done) << rest.error;
    EXPECT_LT(rest.rows_read, 46);
    EXPECT_EQ(rest.corrected, 1);
    EXPECT_EQ(states(), "corrected open");
}

// The source has a column more than the mapping reads, and gives them in another order.
TEST_P(SyncRejects, RowWithoutAKeyIsOneRejectHoweverOftenItIsMappedAgain) {
    bench_.mapping = SyncBench::changed("    changed: datetime!",
                                        "    changed: datetime!\n  drift: {added: ignore}");
    bench_.source.described().push_back({"extra", "varchar", 10, 0, true});
    bench_.source.put({std::nullopt, "Unit A", "team", std::nullopt, "2024-05-01 00:00:00", "x"});
    bench_.run();
    const std::string kept = bench_.store.list("SELECT packed_row FROM reject");
    for (int i = 0; i < 2; ++i) {
        const ReplayReport again = bench_.runner().replay(bench_.mapping, {});
        EXPECT_EQ(again.outcome, SyncOutcome::Done) << again.error;
        EXPECT_EQ(again.remaining, 1);
    }
    EXPECT_EQ(bench_.store.list("SELECT packed_row FROM reject"), kept);
}

// With cells of many MiB a number of rows is no bound for memory.
TEST_P(SyncRejects, LongRefusedRowsAreMappedAgainInBatchesOfAFewMebibytes) {
    for (int i = 0; i < 6; ++i) {
        bench_.source.put({SyncBench::code(i),
                           std::string(700'000, 'x'),
                           "team",
                           std::nullopt,
                           "2024-05-01 00:00:00"});
    }
    bench_.run();
    ASSERT_EQ(bench_.open_rejects(), 6);

    const ReplayReport again = bench_.runner().replay(bench_.mapping, {});

    EXPECT_EQ(again.rows, 6);
    EXPECT_EQ(again.remaining, 6);
    EXPECT_EQ(bench_.store.list("SELECT batches FROM run ORDER BY id DESC LIMIT 1"), "3");
}

TEST_P(SyncRejects, EveryHoldIsLookedAtHoweverManyWait) {
    constexpr int kWaiting = 2'100;  // more than are mapped again at a time
    bench_.mapping = SyncBench::changed("batch: {rows: 20}", "batch: {rows: 5000}");
    bench_.source.rows_a_block = 1000;
    for (int i = 0; i < kWaiting; ++i) {
        bench_.put(SyncBench::code(i), "team", i % 2 == 0 ? "D9000" : "D9001");
    }
    bench_.run();
    EXPECT_EQ(bench_.open_rejects(), kWaiting);
    bench_.put("D9000", "plant", std::nullopt, "2024-05-06 12:05:00");
    bench_.source.clock += 15min;
    EXPECT_EQ(bench_.run().released, kWaiting / 2);
    bench_.put("D9001", "plant", std::nullopt, "2024-05-06 12:20:00");
    bench_.source.clock += 15min;
    EXPECT_EQ(bench_.run().released, kWaiting / 2);
    EXPECT_EQ(bench_.open_rejects(), 0);
}

}  // namespace
}  // namespace hrbridge::jobs
