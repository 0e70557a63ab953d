#include "daemon/pip/reading.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "daemon/store/checkpoint.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::pip {
namespace {

using std::chrono::days;
using std::chrono::minutes;

class ReadUntil : public store::BothStores {
  protected:
    std::optional<base::Timestamp> until() {
        return least_read(*connection_, {"mes/defect"}).value().until;
    }
    // A record of a run that starts now; gives its id.
    std::int64_t run(const std::string& outcome, std::optional<base::Timestamp> window_to) {
        model::Run run;
        run.mapping = "mes/defect";
        run.mapping_hash = "hash";
        run.started_at = clock_.now();
        run.window_to = window_to;
        store::RunRepository runs(*connection_);
        const std::int64_t id = runs.start(run);
        runs.finish(id, outcome, clock_.now(), {});
        return id;
    }
    void checkpoint(std::int64_t run_id,
                    bool complete,
                    std::optional<base::Timestamp> from,
                    std::optional<base::Timestamp> to,
                    std::optional<base::Timestamp> reached = {}) {
        store::Checkpoint checkpoint;
        checkpoint.mapping = "mes/defect";
        checkpoint.mapping_hash = "hash";
        checkpoint.run_id = run_id;
        checkpoint.first_run = first_run_;
        checkpoint.complete = complete;
        checkpoint.window_from = from;
        checkpoint.window_to = to;
        checkpoint.reached = reached;
        store::write_checkpoint(*connection_, checkpoint, clock_.now());
    }
    base::Timestamp now() { return clock_.now(); }

    std::int64_t first_run_ = 0;  // of the checkpoints; 0: none
};

TEST_P(ReadUntil, IsTheWindowsEndOfTheLastRunThatReadToIt) {
    const base::Timestamp end = now() - minutes(1);
    checkpoint(run("done", end), true, end - days(1), end, end);

    EXPECT_EQ(until(), end);
}

TEST_P(ReadUntil, IsWhatTheSourcesClockReachedWhenTheBoundIsAheadOfIt) {
    const base::Timestamp ahead = now() + days(30);
    const base::Timestamp reached = now() - minutes(1);
    checkpoint(run("done", ahead), true, reached - days(1), ahead, reached);

    EXPECT_EQ(until(), reached);
}

TEST_P(ReadUntil, IsNotOfTheFutureThatASourcesClockSays) {
    const base::Timestamp ahead = now() + days(30);
    const base::Timestamp started = now();
    checkpoint(run("done", ahead), true, now() - days(1), ahead, ahead);
    clock_.advance(days(20));

    EXPECT_EQ(until(), started);
}

TEST_P(ReadUntil, IsWhenTheReadingBeganThatALaterRunBroughtToItsEnd) {
    const base::Timestamp began = now();
    first_run_ = run("failed", {});
    clock_.advance(days(3));
    checkpoint(run("done", {}), true, {}, {});

    EXPECT_EQ(until(), began);
}

TEST_P(ReadUntil, StaysWhereItWasWhenLaterRunsFail) {
    const base::Timestamp ahead = now() + days(30);
    const base::Timestamp started = now();
    run("done", ahead);
    clock_.advance(days(20));
    checkpoint(run("failed", ahead), false, now() - days(1), ahead, now());

    EXPECT_EQ(until(), started);
}

TEST_P(ReadUntil, IsUnknownWhileAllIsReadAgainFromTheBeginning) {
    const base::Timestamp end = now() - minutes(1);
    const std::int64_t before = run("done", end);
    checkpoint(before, true, end - days(1), end, end);
    clock_.advance(days(1));
    const std::int64_t again = run("failed", now());
    checkpoint(again, false, {}, now(), now());
    EXPECT_FALSE(until());

    checkpoint(again, false, end, now(), now());
    EXPECT_EQ(until(), end) << "a window that is under way takes nothing back";
}

TEST_P(ReadUntil, IsTheStartOfAReadingWithoutAWindowOnceItIsDone) {
    const base::Timestamp started = now();
    checkpoint(run("done", {}), true, {}, {});
    clock_.advance(days(1));
    EXPECT_EQ(until(), started);

    checkpoint(run("failed", {}), false, {}, {});
    EXPECT_FALSE(until());
}

INSTANTIATE_TEST_SUITE_P(OnBoth,
                         ReadUntil,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::pip
