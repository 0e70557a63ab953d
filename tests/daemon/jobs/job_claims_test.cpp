#include "daemon/jobs/job_claims.h"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/jobs/lease_holder.h"
#include "daemon/jobs/scheduler.h"
#include "daemon/store/repositories.h"
#include "tests/daemon/jobs/support/test_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"

namespace hrbridge::jobs {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongest = 30s;  // a test that waits so long has failed
constexpr const char* kJob = "sync/erp/person";

// The holder of a process that is gone.
std::string gone_holder() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const std::string holder = new_holder();
        const bool written =
            ::write(ends[1], holder.data(), holder.size()) == static_cast<ssize_t>(holder.size());
        ::_exit(written ? 0 : 1);
    }
    ::close(ends[1]);
    std::string holder(1024, '\0');
    const ssize_t size = ::read(ends[0], holder.data(), holder.size());
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    holder.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return holder;
}

class ClaimedJobs : public testing::TestWithParam<const char*> {
  protected:
    ScheduledJob job(const std::string& when = "10m") {
        ScheduledJob made;
        made.name = kJob;
        if (!when.empty()) {
            made.when = Schedule::parse(when, base::Zone::utc(), 0ms, "job").value();
        }
        made.work = [this](const std::stop_token& stop) { work(stop); };
        return made;
    }
    std::unique_ptr<Scheduler> daemon(const std::string& when = "10m") {
        return std::make_unique<Scheduler>(Scheduler::Parts{store_.store(), clock_, log_},
                                           std::vector<ScheduledJob>{job(when)});
    }
    // What a process leaves that had claimed the job at its start and died.
    void die_over(const std::string& holder, std::int64_t times, std::chrono::seconds term = 1min) {
        const auto connection = store_.connect();
        store::JobClaimRepository claims(*connection);
        const auto now = clock_.now();
        claims.plan(kJob, now, {});
        const store::JobClaimRepository::Start start{kJob, holder, now, term, now + 10min};
        ASSERT_TRUE(claims.take_planned(start, now));
        for (std::int64_t i = 1; i < times; ++i) {
            ASSERT_TRUE(claims.take_over(start, holder));
        }
    }
    model::JobClaim stored() {
        return store::JobClaimRepository(*store_.connect())
            .find(kJob, clock_.now())
            .value_or(model::JobClaim{});
    }
    static bool is_of_several_machines() { return GetParam() == std::string_view("postgres"); }
    // For the terms of claims: by the daemon's clock on SQLite, by the server's on PostgreSQL.
    void pass(std::chrono::seconds time) {
        clock_.advance(time);
        if (is_of_several_machines()) {
            store_.connect()->run_script(fmt::format(
                "UPDATE job SET held_until = held_until - interval '{} seconds'", time.count()));
        }
    }
    template <typename Condition>
    static bool comes_true(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + kLongest;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) {
                return false;
            }
            std::this_thread::sleep_for(1ms);
        }
        return true;
    }
    static void wait_for_looks(const Scheduler& scheduler) {
        const std::int64_t from = scheduler.heartbeat();
        EXPECT_TRUE(comes_true([&] { return scheduler.heartbeat() >= from + 2; }));
    }
    bool ran(int times) {
        return comes_true([&] { return runs_ >= times && !stored().holder; });
    }

    test::TestStore store_{GetParam()};
    test::ManualClock clock_;
    test::MemoryLog log_;
    std::atomic<int> runs_ = 0;
    std::atomic<bool> waits_ = false;   // a run lasts until it is false again
    std::atomic<bool> breaks_ = false;  // a run ends only by being stopped

  private:
    void work(const std::stop_token& stop) {
        ++runs_;
        while ((waits_ || breaks_) && !stop.stop_requested()) {
            std::this_thread::sleep_for(1ms);
        }
        if (breaks_) {
            throw base::Stopped();
        }
    }
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         ClaimedJobs,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& store) { return std::string(store.param); });

TEST_P(ClaimedJobs, RunOncePerScheduleByWhicheverOfThreeDaemons) {
    constexpr int kTimes = 20;
    std::vector<std::unique_ptr<Scheduler>> daemons;
    for (int i = 0; i < 3; ++i) {
        daemons.push_back(daemon());
    }
    for (int i = 1; i <= kTimes; ++i) {
        ASSERT_TRUE(ran(i));
        for (const auto& each : daemons) {
            wait_for_looks(*each);
        }
        ASSERT_EQ(runs_, i);
        clock_.advance(10min);
    }
}

TEST_P(ClaimedJobs, DoNotStartElsewhereWhileOneRuns) {
    waits_ = true;
    const auto first = daemon("1s");
    ASSERT_TRUE(comes_true([&] { return runs_ == 1; }));
    const auto second = daemon("1s");
    clock_.advance(5s);
    second->run_now(kJob);
    wait_for_looks(*second);
    EXPECT_EQ(runs_, 1);
    waits_ = false;
    ASSERT_TRUE(ran(1));
    clock_.advance(5s);
    EXPECT_TRUE(ran(2));
}

TEST_P(ClaimedJobs, OfADaemonThatDiedOverThemRunAgainAtOnce) {
    die_over(gone_holder(), 1);
    const auto scheduler = daemon();
    EXPECT_TRUE(ran(1));
    EXPECT_TRUE(log_.contains("took over a job"));
    EXPECT_EQ(stored().next_start, clock_.now() + 10min);
    EXPECT_EQ(stored().attempts, 0);
}

TEST_P(ClaimedJobs, OfADaemonOnAnotherMachineRunAgainOnceItsTermHasEnded) {
    die_over("another machine/boot/pid/1/1/x", 1);
    const auto scheduler = daemon();
    wait_for_looks(*scheduler);
    EXPECT_EQ(runs_, 0);
    pass(1min);
    EXPECT_TRUE(ran(1));
}

TEST_P(ClaimedJobs, OfADaemonThatIsKilledRunAgainByAnother) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ScheduledJob endless = job();
        endless.work = [&ends](const std::stop_token&) {
            const bool told = ::write(ends[1], "!", 1) == 1;
            std::this_thread::sleep_for(told ? kLongest : 0s);
        };
        const Scheduler scheduler({store_.store(), clock_, log_}, {endless});
        ::pause();
    }
    char told = 0;
    ASSERT_EQ(::read(ends[0], &told, 1), 1);
    const auto first = daemon();
    const auto second = daemon();
    clock_.advance(31s);  // they look around
    wait_for_looks(*first);
    wait_for_looks(*second);
    EXPECT_EQ(runs_, 0);
    EXPECT_FALSE(log_.contains("took over a job"));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    clock_.advance(31s);
    EXPECT_TRUE(ran(1));
    EXPECT_TRUE(log_.contains("took over a job"));
    wait_for_looks(*first);
    wait_for_looks(*second);
    EXPECT_EQ(runs_, 1);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_P(ClaimedJobs, WhoseDaemonDiedBehindTheirEndAreNotDoneTwice) {
    die_over(gone_holder(), 1);
    ScheduledJob recorded = job();
    std::atomic<base::Timestamp> asked{base::Timestamp{}};
    recorded.done_since = [&](store::sql::Connection&, base::Timestamp start) {
        asked = start;
        return true;
    };
    const Scheduler scheduler({store_.store(), clock_, log_}, {recorded});
    ASSERT_TRUE(comes_true([&] { return !stored().holder; }));
    EXPECT_EQ(asked.load(), clock_.now());
    wait_for_looks(scheduler);
    EXPECT_EQ(runs_, 0);
    clock_.advance(10min);
    EXPECT_TRUE(ran(1));
}

TEST_P(ClaimedJobs, AreNotPlannedAnewByWhoFoundThemBeforeTheirStart) {
    const auto connection = store_.connect();
    store::JobClaimRepository other(*connection);
    const auto now = clock_.now();
    other.plan(kJob, now, {});
    ASSERT_TRUE(other.take_planned({kJob, "other", now, 1min, now + 10min}, now));
    other.release(kJob, "other");
    other.plan(kJob, now, {});
    EXPECT_EQ(stored().next_start, now + 10min);
    other.plan(kJob, now + 5min, now);
    EXPECT_EQ(stored().next_start, now + 5min);
}

TEST_P(ClaimedJobs, OfADaemonWhoseClockIsAheadAreNotStartedAgainForTheSameTime) {
    const auto now = clock_.now();
    const auto connection = store_.connect();
    store::JobClaimRepository claims(*connection);
    const auto ahead = std::chrono::ceil<std::chrono::minutes>(now) + 5min;
    claims.plan(kJob, ahead, {});
    ASSERT_TRUE(claims.take_planned({kJob, gone_holder(), ahead, 1min, ahead + 1min}, ahead));
    const auto scheduler = daemon("* * * * *");
    ASSERT_TRUE(ran(1));
    EXPECT_EQ(stored().next_start, ahead + 1min);
}

TEST_P(ClaimedJobs, AreHeldByTheServersClockWhateverThatOfAMachineSays) {
    die_over("another machine/boot/pid/1/1/x", 1);
    clock_.advance(24h);
    const auto scheduler = daemon();
    wait_for_looks(*scheduler);
    EXPECT_EQ(runs_, is_of_several_machines() ? 0 : 1);
    pass(1min);
    EXPECT_TRUE(ran(1));
}

TEST_P(ClaimedJobs, ThatKillTheirDaemonsWaitForTheirNextStart) {
    die_over(gone_holder(), JobClaims::kMostAttempts);
    const auto scheduler = daemon();
    ASSERT_TRUE(comes_true([&] { return log_.contains("died over it"); }));
    wait_for_looks(*scheduler);
    EXPECT_EQ(runs_, 0);
    clock_.advance(10min);
    EXPECT_TRUE(ran(1));
}

TEST_P(ClaimedJobs, ThatAStopBreaksOffRunAgainElsewhere) {
    breaks_ = true;
    auto first = daemon();
    ASSERT_TRUE(comes_true([&] { return runs_ == 1; }));
    first.reset();
    EXPECT_EQ(stored().holder, "");
    breaks_ = false;
    const auto second = daemon();
    EXPECT_TRUE(ran(2));
}

TEST_P(ClaimedJobs, AreExtendedWhileTheyRun) {
    waits_ = true;
    const auto scheduler = daemon();
    ASSERT_TRUE(comes_true([&] { return runs_ == 1; }));
    pass(30s);
    const auto until = stored().held_until;
    EXPECT_TRUE(comes_true([&] { return stored().held_until > until; }));
    waits_ = false;
    EXPECT_TRUE(ran(1));
    EXPECT_EQ(stored().held_until, std::nullopt);
}

TEST_P(ClaimedJobs, WhoseEndIsNotedLateStartAgainAtTheirTime) {
    waits_ = true;
    const auto scheduler = daemon();
    ASSERT_TRUE(comes_true([&] { return runs_ == 1; }));
    const auto connection = store_.connect();
    connection->run_script("ALTER TABLE job RENAME TO job_away");
    waits_ = false;
    ASSERT_TRUE(comes_true([&] { return log_.contains("end could not be noted"); }));
    connection->run_script("ALTER TABLE job_away RENAME TO job");
    ASSERT_TRUE(comes_true([&] { return !stored().holder; }));
    wait_for_looks(*scheduler);
    EXPECT_EQ(runs_, 1);
    clock_.advance(10min);
    EXPECT_TRUE(ran(2));
}

}  // namespace
}  // namespace hrbridge::jobs
