#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/error.h"
#include "daemon/jobs/scheduler.h"
#include "daemon/store/repositories.h"
#include "tests/daemon/jobs/support/test_store.h"
#include "tests/daemon/jobs/support/troubled_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"
#include "tests/support/wait_for.h"

namespace hrbridge::jobs {
namespace {

using namespace std::chrono_literals;
using Loses = test::TroubledStore::Loses;

constexpr const char* kJob = "backup";
constexpr const char* kOther = "another machine/boot/pid/1/1/x";
constexpr const char* kClaim = "UPDATE job SET holder = $2";
constexpr const char* kEnd = "UPDATE job SET holder = NULL";
constexpr const char* kHandBack = "UPDATE job SET holder = ''";

class TroubledClaims : public testing::TestWithParam<const char*> {
  protected:
    std::unique_ptr<Scheduler> daemon(const std::string& when = "10m") {
        ScheduledJob job;
        job.name = kJob;
        job.when = Schedule::parse(when, base::Zone::utc(), 0ms, kJob).value();
        job.work = [this](const std::stop_token& stop) { work(stop); };
        return std::make_unique<Scheduler>(Scheduler::Parts{troubled_, clock_, log_},
                                           std::vector<ScheduledJob>{job});
    }
    model::JobClaim stored() {
        return store::JobClaimRepository(*store_.connect())
            .find(kJob, clock_.now())
            .value_or(model::JobClaim{});
    }
    void change(const std::string& what) { store_.connect()->run_script("UPDATE job SET " + what); }
    // A start at `now` by that machine's clock, which has `holder` still.
    void claim_as(const std::string& holder,
                  base::Timestamp now,
                  std::optional<base::Timestamp> next) {
        const auto connection = store_.connect();
        store::JobClaimRepository claims(*connection);
        claims.plan(kJob, now, {});
        ASSERT_TRUE(claims.take_planned({kJob, holder, now, 1min, next}, now));
    }
    bool ran(int times) {
        return test::wait_for([&] { return runs_ >= times && !stored().holder; });
    }
    static bool looked(const Scheduler& scheduler) {
        const std::int64_t from = scheduler.heartbeat();
        return test::wait_for([&] { return scheduler.heartbeat() >= from + 3; });
    }

    test::TestStore store_{GetParam()};
    test::TroubledStore troubled_{store_.store()};
    test::ManualClock clock_;
    test::MemoryLog log_;
    std::atomic<int> runs_ = 0;
    std::atomic<bool> waits_ = false;
    std::atomic<bool> breaks_off_ = false;  // the next run
    std::atomic<bool> was_stopped_ = false;

  private:
    void work(const std::stop_token& stop) {
        ++runs_;
        while (waits_ && !stop.stop_requested()) {
            std::this_thread::sleep_for(1ms);
        }
        was_stopped_ = stop.stop_requested();
        if (stop.stop_requested() || breaks_off_.exchange(false)) {
            throw base::Stopped();
        }
    }
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         TroubledClaims,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& store) { return std::string(store.param); });

TEST_P(TroubledClaims, AStartWhoseClaimWasWrittenAndNotAnsweredIsMadeOnce) {
    troubled_.lose(Loses::Answer, kClaim);
    const auto scheduler = daemon();

    ASSERT_TRUE(ran(1));
    EXPECT_EQ(troubled_.times_left(), 0);
    ASSERT_TRUE(looked(*scheduler));
    EXPECT_EQ(runs_, 1);
    EXPECT_EQ(stored().next_start, clock_.now() + 10min);
}

TEST_P(TroubledClaims, ATakeOverThatWasWrittenAndNotAnsweredIsMadeOnce) {
    claim_as("", clock_.now(), clock_.now() + 10min);
    troubled_.lose(Loses::Answer, kClaim);
    const auto scheduler = daemon();

    ASSERT_TRUE(ran(1));
    EXPECT_EQ(troubled_.times_left(), 0);
    ASSERT_TRUE(looked(*scheduler));
    EXPECT_EQ(runs_, 1);
}

TEST_P(TroubledClaims, AnEndThatWasNotNotedIsNotedAsSoonAsThatCanBe) {
    troubled_.lose(Loses::Statement, kEnd, 3);
    const auto scheduler = daemon();

    ASSERT_TRUE(ran(1));
    EXPECT_EQ(troubled_.times_left(), 0);
    EXPECT_TRUE(log_.contains("end could not be noted"));
    const auto other = daemon();
    ASSERT_TRUE(looked(*other));
    EXPECT_EQ(runs_, 1);
}

TEST_P(TroubledClaims, AnEndThatWasWrittenAndNotAnsweredEndsNoLaterStart) {
    troubled_.lose(Loses::Answer, kEnd);
    const auto scheduler = daemon();
    ASSERT_TRUE(test::wait_for([&] { return log_.contains("end could not be noted"); }));
    waits_ = true;
    clock_.advance(10min);
    ASSERT_TRUE(test::wait_for([&] { return runs_ == 2 || (clock_.advance(1s), false); }));

    std::this_thread::sleep_for(2500ms);  // ends that are late are written each second

    EXPECT_TRUE(stored().holder);
    waits_ = false;
    EXPECT_TRUE(ran(2));
}

TEST_P(TroubledClaims, AStartThatBrokeOffIsMadeAgainThoughThatWasNotedLate) {
    breaks_off_ = true;
    troubled_.lose(Loses::Statement, kHandBack, 3);
    const auto scheduler = daemon();
    ASSERT_TRUE(test::wait_for([&] { return stored().holder == ""; }));

    clock_.advance(31s);

    EXPECT_TRUE(ran(2));
}

TEST_P(TroubledClaims, AJobThatAnotherDaemonTookOverIsStopped) {
    waits_ = true;
    const auto scheduler = daemon();
    ASSERT_TRUE(test::wait_for([&] { return runs_ == 1; }));

    change(std::string("holder = '") + kOther + "'");
    clock_.advance(30s);

    ASSERT_TRUE(test::wait_for([&] { return scheduler->running().empty(); }));
    EXPECT_TRUE(was_stopped_);
    EXPECT_TRUE(log_.contains("another daemon has taken over a job that runs here"));
    EXPECT_EQ(stored().holder, kOther);
}

TEST_P(TroubledClaims, WhatAClockFarAheadHasPlannedStartsNow) {
    const auto ahead = clock_.now() + 24h * 365;
    claim_as(kOther, ahead, ahead + 10min);
    change("holder = NULL");
    const auto scheduler = daemon();

    ASSERT_TRUE(ran(1));
    EXPECT_EQ(stored().next_start, clock_.now() + 10min);
    EXPECT_EQ(stored().last_start, clock_.now());
    clock_.advance(10min);
    EXPECT_TRUE(ran(2));
}

TEST_P(TroubledClaims, AClockThatGoesBackKeepsNoJobFromStarting) {
    clock_.advance(24h);
    const auto scheduler = daemon();
    ASSERT_TRUE(ran(1));

    clock_.step_to(clock_.now() - 24h);
    clock_.advance(31s);
    ASSERT_TRUE(test::wait_for([&] { return log_.contains("planned anew"); }));
    clock_.advance(10min);

    EXPECT_TRUE(ran(2));
    EXPECT_EQ(stored().next_start, clock_.now() + 10min);
}

TEST_P(TroubledClaims, AStartThatASlowerClockTookOverIsNotPlannedAgainAtARestart) {
    const auto due = std::chrono::ceil<std::chrono::hours>(clock_.now()) + 30min;
    claim_as("", due, due + 1h);
    clock_.step_to(due - 2s);
    auto scheduler = daemon("30 * * * *");
    ASSERT_TRUE(ran(1));

    scheduler.reset();
    scheduler = daemon("30 * * * *");
    clock_.advance(10s);

    ASSERT_TRUE(looked(*scheduler));
    EXPECT_EQ(runs_, 1);
    EXPECT_EQ(stored().next_start, due + 1h);
}

}  // namespace
}  // namespace hrbridge::jobs
