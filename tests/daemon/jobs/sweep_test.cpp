#include "daemon/jobs/sweep.h"

#include <chrono>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/jobs/support/sync_bench.h"

namespace hrbridge::jobs {
namespace {

using test::SyncBench;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

constexpr const char* kPolicy = "  batch: {rows: 20}\n";

// Departments that a first run has brought into the store.
class SweepOnBothStores : public testing::TestWithParam<std::string> {
  protected:
    void use(const std::string& on_missing, const std::string& write = "upsert") {
        std::string text = test::kUnits;
        const auto replace = [&](const std::string& from, const std::string& to) {
            text.replace(text.find(from), from.size(), to);
        };
        replace(kPolicy,
                std::string(kPolicy) + "  sweep: {keys: 24h}\n  on_missing: " + on_missing + "\n");
        replace("write: upsert", "write: " + write);
        bench_.mapping = SyncBench::load(text);
    }
    void start(int units) {
        bench_.add_units(0, units);
        const SyncReport report = bench_.run();
        ASSERT_EQ(report.outcome, SyncOutcome::Done) << report.error << to_text(report.faults);
    }
    SweepReport sweep(SweepKind kind, bool dry_run = false) {
        SweepOptions options;
        options.kind = kind;
        options.dry_run = dry_run;
        SweepReport report = bench_.sweep(options);
        EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error << to_text(report.faults);
        return report;
    }
    SweepReport keys() { return sweep(SweepKind::Keys); }
    SweepReport hashes() { return sweep(SweepKind::Hashes); }

    std::string live() {
        return bench_.store.list("SELECT code FROM org_unit WHERE gone_at IS NULL ORDER BY code");
    }
    std::string kinds() {
        return bench_.store.list("SELECT kind FROM org_unit WHERE gone_at IS NULL ORDER BY code");
    }
    // "changed D0001", with a "~" before it where the next window brings it.
    static std::vector<std::string> names(const SweepReport& report) {
        std::vector<std::string> names;
        for (const SweepFinding& finding : report.findings) {
            names.push_back((finding.pending ? "~" : "") + finding.kind + " " + finding.key +
                            (finding.refused ? " refused" : ""));
        }
        std::sort(names.begin(), names.end());
        return names;
    }
    std::size_t files() {
        std::size_t count = 0;
        for (const auto& each : std::filesystem::directory_iterator(bench_.folder.path())) {
            static_cast<void>(each);
            ++count;
        }
        return count;
    }

    SyncBench bench_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         SweepOnBothStores,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& instance) { return instance.param; });

TEST_P(SweepOnBothStores, OfEqualSidesFindsNothingAndLeavesNoFile) {
    start(95);
    for (const SweepKind kind : {SweepKind::Keys, SweepKind::Hashes}) {
        const SweepReport report = sweep(kind);
        EXPECT_EQ(report.rows_read, 95);
        EXPECT_EQ(report.live, 95);
        EXPECT_THAT(report.findings, IsEmpty());
        EXPECT_THAT(report.notes, IsEmpty());
        EXPECT_EQ(report.changed + report.added + report.missing + report.pending, 0);
    }
    EXPECT_EQ(files(), 0U);
    EXPECT_EQ(bench_.store.list("SELECT kind FROM run ORDER BY id"),
              "full sweep keys sweep hashes");
    EXPECT_EQ(bench_.store.list("SELECT outcome FROM sweep ORDER BY id"), "done done");
    EXPECT_TRUE(bench_.checkpoint()->complete);
}

TEST_P(SweepOnBothStores, OfHashesBringsASilentChangeAndNamesItsFields) {
    start(95);
    bench_.put("D0042", "plant", std::nullopt);  // its time is that of before
    EXPECT_EQ(keys().changed, 0);
    const SweepReport report = hashes();
    EXPECT_EQ(report.changed, 1);
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings[0].key, "D0042");
    EXPECT_THAT(report.findings[0].fields, ElementsAre("kind: team → plant"));
    EXPECT_THAT(report.notes, Contains(HasSubstr("no window brought")));
    EXPECT_EQ(bench_.store.list("SELECT code FROM org_unit WHERE kind = 'plant'"), "D0042");
    EXPECT_EQ(hashes().changed, 0);
    EXPECT_TRUE(bench_.log.contains("no window brought"));
    EXPECT_THAT(bench_.metrics.expose(),
                HasSubstr("hrbridge_sweep_found_rows_total{kind=\"changed\",mapping=\"test/"
                          "org_unit\"} 1"));
}

TEST_P(SweepOnBothStores, NeedsNoMoreThanOneSessionOfTheSource) {
    start(95);
    bench_.put("D0001", "plant", std::nullopt);
    bench_.put("D0094", "plant", std::nullopt);
    EXPECT_EQ(hashes().changed, 2);
    EXPECT_EQ(bench_.source.most_open(), 1);
}

TEST_P(SweepOnBothStores, OfKeysBringsARowWithAnOldWatermark) {
    start(30);
    bench_.put("D0100", "team", std::nullopt, "2023-01-01 00:00:00");
    const SweepReport report = keys();
    EXPECT_EQ(report.added, 1);
    EXPECT_THAT(names(report), ElementsAre("added D0100"));
    EXPECT_EQ(bench_.units(), 31);
    EXPECT_EQ(keys().added, 0);
}

TEST_P(SweepOnBothStores, RowsOfTheNextWindowArePendingAndFutureOnesStayOut) {
    start(30);
    bench_.source.clock += 15min;
    bench_.put("D0003", "plant", std::nullopt, "2024-05-06 12:05:00");
    bench_.put("D0100", "team", std::nullopt, "2024-05-06 11:30:00");  // in the overlap
    bench_.put("D0101", "team", std::nullopt, "2024-05-06 11:27:00");  // before it
    bench_.put("D0102", "team", std::nullopt, "2024-05-06 12:14:00");  // held back
    bench_.put("D0103", "team", std::nullopt, "2034-05-06 12:14:00");
    const SweepReport report = hashes();
    EXPECT_THAT(names(report), ElementsAre("added D0101", "~added D0100", "~changed D0003"));
    EXPECT_EQ(report.added, 1);
    EXPECT_EQ(report.changed, 0);
    EXPECT_EQ(report.pending, 4);
    EXPECT_EQ(bench_.units(), 32);
}

TEST_P(SweepOnBothStores, DeactivatesAfterItsGraceWhatEverySweepMissed) {
    use("{do: deactivate, grace: 2 sweeps, stop_above: 50%}");
    start(30);
    bench_.source.remove("D0007");
    SweepReport report = keys();
    EXPECT_EQ(report.missing, 1);
    EXPECT_EQ(report.first_missing, 1);
    EXPECT_THAT(names(report), ElementsAre("missing D0007"));
    report = hashes();
    EXPECT_EQ(report.first_missing, 0);
    EXPECT_EQ(report.gone, 0);
    EXPECT_THAT(live(), HasSubstr("D0007"));
    report = keys();
    EXPECT_EQ(report.gone, 1);
    EXPECT_THAT(live(), testing::Not(HasSubstr("D0007")));
    EXPECT_EQ(bench_.store.list("SELECT r.kind FROM org_unit u JOIN batch b ON b.id = u.batch_id "
                                "JOIN run r ON r.id = b.run_id WHERE u.code = 'D0007'"),
              "sweep keys");
    report = keys();
    EXPECT_EQ(report.missing, 0);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM sweep_missing"), 0);
}

TEST_P(SweepOnBothStores, ARowThatIsFoundAgainHasItsGraceAgain) {
    use("{do: deactivate, grace: 1 sweep, stop_above: 50%}");
    start(30);
    bench_.source.remove("D0007");
    keys();
    bench_.add_units(7, 1);
    keys();
    bench_.source.remove("D0007");
    EXPECT_EQ(keys().gone, 0);
    EXPECT_EQ(keys().gone, 1);
}

TEST_P(SweepOnBothStores, ARowThatComesBackUnnoticedIsRevived) {
    use("{do: deactivate, grace: 0, stop_above: 50%}", "history");
    start(30);
    bench_.source.remove("D0007");
    EXPECT_EQ(keys().gone, 1);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM org_unit_history WHERE gone_at IS NULL"), 1);
    bench_.add_units(7, 1);
    const SweepReport report = keys();
    EXPECT_EQ(report.added, 1);
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_THAT(report.findings[0].fields, Contains(HasSubstr("back in its source")));
    EXPECT_THAT(live(), HasSubstr("D0007"));
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM org_unit_history"), 2);
}

TEST_P(SweepOnBothStores, MoreMissingThanAllowedStopItAndNothingIsDeactivated) {
    use("{do: deactivate, grace: 0, stop_above: 20%}");
    start(60);
    for (int i = 0; i < 13; ++i) {
        bench_.source.remove(SyncBench::code(i));
    }
    bench_.put("D0050", "plant", std::nullopt);
    SweepOptions options;
    options.kind = SweepKind::Hashes;
    SweepReport report = bench_.sweep(options);
    EXPECT_EQ(report.outcome, SyncOutcome::FaultsFound);
    ASSERT_EQ(report.faults.size(), 1U);
    EXPECT_THAT(report.faults[0].where, HasSubstr("unit.map.yaml:19: sync.on_missing.stop_above"));
    EXPECT_THAT(report.faults[0].what, HasSubstr("13 of 60 rows (21.7 %)"));
    EXPECT_EQ(report.changed, 1);  // what was read is sure
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM org_unit WHERE gone_at IS NOT NULL"), 0);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM sweep_missing"), 0);
    EXPECT_EQ(files(), 0U);
    bench_.add_units(0, 1);
    report = bench_.sweep(options);
    EXPECT_EQ(report.gone, 12);
}

TEST_P(SweepOnBothStores, AnEmptySourceDeactivatesNobody) {
    use("{do: deactivate, grace: 0, stop_above: 100%}");
    start(5);
    bench_.source.remove_all();
    const SweepReport report = bench_.sweep({});
    EXPECT_EQ(report.outcome, SyncOutcome::FaultsFound);
    EXPECT_EQ(live(), "D0000 D0001 D0002 D0003 D0004");
}

TEST_P(SweepOnBothStores, AFewRowsMayGoWhateverTheirShare) {
    use("{do: deactivate, grace: 0, stop_above: 1%}");
    start(5);
    bench_.source.remove("D0001");
    bench_.source.remove("D0002");
    EXPECT_EQ(keys().gone, 2);
    bench_.source.remove("D0003");
    bench_.source.remove("D0004");
    EXPECT_EQ(bench_.sweep({}).outcome, SyncOutcome::FaultsFound);
}

TEST_P(SweepOnBothStores, MissingRowsAreOnlyReportedUnlessTheMappingSaysMore) {
    start(30);
    bench_.source.remove_all();
    bench_.add_units(0, 3);
    EXPECT_EQ(keys().first_missing, 27);
    const SweepReport report = keys();
    EXPECT_EQ(report.missing, 27);
    EXPECT_EQ(report.first_missing, 0);
    EXPECT_EQ(report.gone, 0);
    EXPECT_EQ(bench_.units(), 30);
}

TEST_P(SweepOnBothStores, OpenRejectsAndHoldsAreKnownAndNotMissing) {
    start(30);
    bench_.source.clock += 15min;
    bench_.put("D0001", "ship", std::nullopt, "2024-05-06 12:05:00");  // has a good version
    bench_.put("D0100", "ship", std::nullopt, "2024-05-06 12:05:00");
    bench_.put("D0101", "team", "D0999", "2024-05-06 12:05:00");
    EXPECT_EQ(bench_.run().rows_rejected(), 2);
    for (const SweepKind kind : {SweepKind::Keys, SweepKind::Hashes}) {
        const SweepReport report = sweep(kind);
        EXPECT_THAT(names(report), IsEmpty());
        EXPECT_EQ(report.missing, 0);
        EXPECT_EQ(report.refused, 0);
    }
    EXPECT_EQ(bench_.open_rejects(), 3);
}

TEST_P(SweepOnBothStores, ASilentChangeForTheWorseBecomesAReject) {
    start(30);
    bench_.put("D0001", "ship", std::nullopt);
    const SweepReport report = hashes();
    EXPECT_THAT(names(report), ElementsAre("changed D0001 refused"));
    EXPECT_EQ(report.changed, 1);
    EXPECT_EQ(report.refused, 1);
    EXPECT_EQ(bench_.open_rejects(), 1);
    EXPECT_THAT(names(hashes()), IsEmpty());
    bench_.put("D0001", "plant", std::nullopt);
    EXPECT_EQ(hashes().changed, 1);
    EXPECT_EQ(bench_.open_rejects(), 0);
}

// The key of a row that is still there is only written badly.
TEST_P(SweepOnBothStores, ClosesTheRejectOfARowThatIsGoneFromItsSource) {
    use("{do: nothing}");
    start(8);
    bench_.put("D0003", "bad", std::nullopt, "2024-05-06 11:50:00");
    bench_.put("D0004", "bad", std::nullopt, "2024-05-06 11:50:00");
    bench_.put("D0099", "bad", std::nullopt, "2024-05-06 11:50:00");
    ASSERT_EQ(bench_.run().rows_rejected(), 3);
    bench_.source.remove("D0003");
    bench_.source.remove("D0099");

    const SweepReport dry = sweep(SweepKind::Keys, true);
    EXPECT_EQ(bench_.open_rejects(), 3) << "a dry run leaves no trace";
    const SweepReport report = keys();

    EXPECT_EQ(dry.rejects_closed, 0);
    EXPECT_EQ(report.rejects_closed, 2);
    EXPECT_THAT(report.notes, Contains(HasSubstr("2 refused rows are gone")));
    EXPECT_EQ(bench_.open_rejects(), 1) << "D0004 is there and still bad";
    bench_.put("D0099", "bad", std::nullopt, "2024-05-06 11:30:00");
    EXPECT_EQ(hashes().rejects_closed, 0);
    EXPECT_EQ(bench_.open_rejects(), 2) << "it came back as bad as it was";
}

TEST_P(SweepOnBothStores, ClosesNoRejectWhereARowHasNoKeyOrTooManyAreMissing) {
    use("{do: nothing}");
    start(8);
    bench_.put("D0099", "bad", std::nullopt, "2024-05-06 11:50:00");
    ASSERT_EQ(bench_.run().rows_rejected(), 1);
    bench_.source.remove("D0099");
    bench_.put("no key", "team", std::nullopt);
    keys();
    EXPECT_EQ(bench_.open_rejects(), 1);
    bench_.source.remove("no key");
    for (int i = 0; i < 6; ++i) {
        bench_.source.remove(SyncBench::code(i));
    }
    keys();
    EXPECT_EQ(bench_.open_rejects(), 1);
}

TEST_P(SweepOnBothStores, ClosesNoRejectWhereARowIsNotFoundAgain) {
    use("{do: nothing}");
    start(8);
    bench_.put("D0099", "bad", std::nullopt, "2024-05-06 11:50:00");
    ASSERT_EQ(bench_.run().rows_rejected(), 1);
    bench_.source.remove("D0099");
    bench_.put("D0100", "team", std::nullopt);
    SweepOptions options;
    options.progress = [&](const Progress& progress) {
        if (progress.rows_read == 9) {
            bench_.source.remove("D0100");
        }
    };
    EXPECT_EQ(bench_.sweep(options).vanished, 1);
    EXPECT_EQ(bench_.open_rejects(), 1);
    EXPECT_EQ(keys().rejects_closed, 1);
}

TEST_P(SweepOnBothStores, LetsNoRowGoAtOnceWhenItWasCutOff) {
    use("{do: deactivate, grace: 0, stop_above: 50%}");
    start(95);
    bench_.source.remove("D0003");
    int given = 0;
    bench_.source.before_block = [&](int) {
        if (++given == 6) {
            throw base::ConnectorError("erp", "08S01", base::Remedy::Retry, "lost");
        }
    };
    const SweepReport report = keys();
    EXPECT_TRUE(report.resumed);
    EXPECT_EQ(report.missing, 1);
    EXPECT_EQ(report.gone, 0);
    bench_.source.remove("D0004");
    const SweepReport next = keys();
    EXPECT_EQ(next.gone, 2);
    EXPECT_THAT(next.notes, Not(Contains(HasSubstr("their grace begins"))));
}

TEST_P(SweepOnBothStores, ARowWithoutAKeyMayBeTheMissingOneSoThatNoneGoes) {
    use("{do: deactivate, grace: 0, stop_above: 50%}");
    start(30);
    bench_.source.remove("D0007");
    bench_.put("D0007?", "team", std::nullopt);
    const SweepReport report = keys();
    EXPECT_EQ(report.unkeyed, 1);
    EXPECT_EQ(report.missing, 1);
    EXPECT_EQ(report.gone, 0);
    EXPECT_THAT(report.notes, Contains(HasSubstr("none was deactivated")));
    bench_.source.remove("D0007?");
    EXPECT_EQ(keys().gone, 1);
}

TEST_P(SweepOnBothStores, AStopLimitOfNothingLetsNoRowGo) {
    use("{do: deactivate, grace: 0, stop_above: 0%}");
    start(30);
    bench_.source.remove("D0007");
    EXPECT_EQ(bench_.sweep({}).outcome, SyncOutcome::FaultsFound);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM org_unit WHERE gone_at IS NOT NULL"), 0);
}

TEST_P(SweepOnBothStores, RowsWithoutAKeyAreCounted) {
    start(30);
    bench_.put("X1", "team", std::nullopt);
    const SweepReport report = keys();
    EXPECT_EQ(report.unkeyed, 1);
    EXPECT_THAT(report.notes, Contains(HasSubstr("no key that can be mapped")));
}

TEST_P(SweepOnBothStores, ADryRunNamesEverythingAndChangesNothing) {
    use("{do: deactivate, grace: 0, stop_above: 50%}");
    start(30);
    bench_.put("D0003", "plant", std::nullopt);
    bench_.put("D0100", "team", std::nullopt);
    bench_.source.remove("D0007");
    const SweepReport report = sweep(SweepKind::Hashes, true);
    EXPECT_THAT(names(report), ElementsAre("added D0100", "changed D0003", "missing D0007"));
    EXPECT_EQ(report.run_id, 0);
    EXPECT_EQ(bench_.units(), 30);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM sweep"), 0);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM run"), 1);
    EXPECT_EQ(bench_.store.count("SELECT count(*) FROM org_unit WHERE gone_at IS NOT NULL"), 0);
    EXPECT_EQ(files(), 0U);
}

TEST_P(SweepOnBothStores, WaitsForAReadingOfTheMappingAsItIs) {
    bench_.add_units(0, 3);
    EXPECT_EQ(bench_.sweep({}).outcome, SyncOutcome::PutOff);
    bench_.run();
    bench_.mapping = SyncBench::changed("match: 'D\\d{4}'", "match: 'D\\d{3,4}'");
    const SweepReport report = bench_.sweep({});
    EXPECT_EQ(report.outcome, SyncOutcome::PutOff);
    EXPECT_THAT(report.error, HasSubstr("sync it first"));
    bench_.run();
    EXPECT_EQ(keys().outcome, SyncOutcome::Done);
}

TEST_P(SweepOnBothStores, ReadsOnlyTheKeysColumnsForAKeySweep) {
    start(30);
    keys();
    EXPECT_THAT(bench_.source.last_request().only, ElementsAre("code", "changed"));
    EXPECT_FALSE(bench_.source.last_request().window);
    hashes();
    EXPECT_THAT(bench_.source.last_request().only, IsEmpty());
}

TEST_P(SweepOnBothStores, GoesOnBehindItsLastNoteAfterALostSource) {
    start(95);
    bench_.put("D0003", "plant", std::nullopt);
    bench_.put("D0090", "plant", std::nullopt);
    const int before = bench_.source.openings();
    int given = 0;
    bench_.source.before_block = [&](int) {
        if (++given == 6) {
            throw base::ConnectorError("erp", "08S01", base::Remedy::Retry, "lost");
        }
    };
    const SweepReport report = hashes();
    EXPECT_TRUE(report.resumed);
    EXPECT_EQ(bench_.source.request(static_cast<std::size_t>(before) + 1).after, "D0049");
    EXPECT_EQ(report.rows_read, 95);
    EXPECT_THAT(names(report), ElementsAre("changed D0003", "changed D0090"));
}

TEST_P(SweepOnBothStores, OfASourceThatNeverOpensHasFailed) {
    start(30);
    bench_.source.before_open = [] {
        throw base::ConnectorError("erp", "08001", base::Remedy::Retry, "no answer");
    };
    const SweepReport report = bench_.sweep({});
    EXPECT_EQ(report.outcome, SyncOutcome::Failed);
    EXPECT_THAT(report.error, HasSubstr("no answer"));
    EXPECT_EQ(bench_.store.list("SELECT count(*) FROM sweep WHERE outcome = 'done'"), "0");
    EXPECT_EQ(bench_.store.list("SELECT outcome FROM run WHERE kind = 'sweep keys'"), "failed");
}

TEST_P(SweepOnBothStores, ThatIsLostAtTheSameBlockEachTimeIsGivenUp) {
    start(95);
    int given = 0;
    bench_.source.before_block = [&](int) {
        if (++given == 50) {
            bench_.stop.request_stop();
        }
        if (given > 4) {
            throw base::ConnectorError("erp", "08S01", base::Remedy::Retry, "lost");
        }
    };
    EXPECT_EQ(bench_.sweep({}).outcome, SyncOutcome::Failed);
    EXPECT_LE(given, 9);
}

TEST_P(SweepOnBothStores, WhoseSecondLookIsLostEachTimeIsGivenUp) {
    start(95);
    bench_.put("D0100", "team", std::nullopt);
    int openings = 0;
    bool has_read = false;
    bench_.source.before_block = [&](int) { has_read = true; };
    bench_.source.before_open = [&] {
        if (++openings == 50) {
            bench_.stop.request_stop();
        }
        // The first look goes on at its end and reads nothing more.
        if (has_read && openings % 2 == 0) {
            throw base::ConnectorError("erp", "08S01", base::Remedy::Retry, "lost");
        }
    };
    EXPECT_EQ(bench_.sweep({}).outcome, SyncOutcome::Failed);
    EXPECT_LE(openings, 10);
    EXPECT_EQ(files(), 1U) << "the source's, from where another one goes on";
}

TEST_P(SweepOnBothStores, AnotherProcessGoesOnWhileTheFileIsThereAndElseBeginsAgain) {
    start(95);
    for (const bool keeps_file : {true, false}) {
        bench_.put("D0003", keeps_file ? "plant" : "team", std::nullopt);
        int given = 0;
        bench_.source.before_block = [&](int) {
            if (++given == 6) {
                bench_.stop.request_stop();
            }
        };
        SweepOptions options;
        options.kind = SweepKind::Hashes;
        EXPECT_EQ(bench_.sweep(options).outcome, SyncOutcome::Stopped);
        bench_.stop = std::stop_source();
        bench_.source.before_block = nullptr;
        EXPECT_GE(files(), 1U);
        if (!keeps_file) {
            std::filesystem::remove_all(bench_.folder.path());
            std::filesystem::create_directory(bench_.folder.path());
        }
        // A sync may come between.
        bench_.source.clock += 15min;
        bench_.put(keeps_file ? "D0200" : "D0201", "team", std::nullopt, "2024-05-06 12:01:00");
        bench_.source.remove(keeps_file ? "D0080" : "D0081");
        EXPECT_EQ(bench_.run().outcome, SyncOutcome::Done);
        const SweepReport report = hashes();
        EXPECT_EQ(report.resumed, keeps_file);
        EXPECT_EQ(report.changed, 1);
        EXPECT_EQ(report.missing, keeps_file ? 1 : 2);
        EXPECT_EQ(files(), 0U);
    }
}

TEST_P(SweepOnBothStores, ChangesDuringTheSweepAreNoDifferencesThatWindowsMissed) {
    start(95);
    bench_.source.clock += 15min;
    bench_.put("D0001", "plant", std::nullopt);
    bench_.put("D0002", "plant", std::nullopt);
    SweepOptions options;
    options.kind = SweepKind::Hashes;
    options.progress = [&](const Progress& progress) {
        if (progress.rows_read == 95) {  // before the second look
            bench_.put("D0001", "team", std::nullopt);
            bench_.put("D0002", "plant", std::nullopt, "2024-05-06 12:12:00");
        }
    };
    const SweepReport report = bench_.sweep(options);
    EXPECT_EQ(report.changed, 0) << testing::PrintToString(names(report));
    EXPECT_EQ(report.vanished, 1);
    EXPECT_THAT(names(report), ElementsAre("~changed D0002"));
}

TEST_P(SweepOnBothStores, ARowThatIsGoneAtTheSecondLookIsNoDifference) {
    start(95);
    bench_.put("D0100", "team", std::nullopt);
    SweepOptions options;
    options.progress = [&](const Progress& progress) {
        if (progress.rows_read == 96) {
            bench_.source.remove("D0100");
        }
    };
    const SweepReport report = bench_.sweep(options);
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(report.added, 0);
    EXPECT_EQ(report.vanished, 1);
    EXPECT_EQ(bench_.units(), 95);
}

// Between two that differ lies an older row of a key whose newest one differs far behind.
TEST_P(SweepOnBothStores, AnOlderRowOfAKeyEndsNoLookForOthers) {
    const std::string before = "2024-04-01 00:00:00";
    bench_.put("  D0001", "team", std::nullopt);
    bench_.put(" D0500", "team", std::nullopt, before);
    for (int i = 2; i <= 500; ++i) {
        bench_.put(SyncBench::code(i), "team", std::nullopt);
    }
    ASSERT_EQ(bench_.run().outcome, SyncOutcome::Done);
    bench_.source.rows_a_block = 1;
    bench_.put("  D0001", "plant", std::nullopt);
    bench_.put("D0006", "plant", std::nullopt);
    bench_.put("D0500", "plant", std::nullopt);
    const SweepReport report = hashes();
    EXPECT_EQ(report.vanished, 0);
    EXPECT_THAT(names(report), ElementsAre("changed D0001", "changed D0006", "changed D0500"));
    EXPECT_THAT(names(hashes()), IsEmpty());
}

TEST_P(SweepOnBothStores, ManyDifferencesAreAllBroughtWhereverTheyAre) {
    start(1500);
    bench_.source.rows_a_block = 7;
    std::vector<std::string> expected;
    for (int i = 0; i < 1500; i += 17) {
        bench_.put(SyncBench::code(i), "plant", std::nullopt);
        expected.push_back("changed " + SyncBench::code(i));
    }
    for (int i = 2000; i < 2040; i += 3) {
        bench_.put(SyncBench::code(i), "team", std::nullopt);
        expected.push_back("added " + SyncBench::code(i));
    }
    std::sort(expected.begin(), expected.end());
    const SweepReport report = hashes();
    EXPECT_EQ(names(report), expected);
    EXPECT_THAT(names(hashes()), IsEmpty());
}

TEST_P(SweepOnBothStores, AnInsertOnlyMappingIsNotToldOfChanges) {
    use("{do: nothing}", "insert_only");
    start(30);
    bench_.put("D0003", "plant", std::nullopt);
    EXPECT_THAT(names(hashes()), IsEmpty());
}

}  // namespace
}  // namespace hrbridge::jobs
