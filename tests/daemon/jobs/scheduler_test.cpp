#include "daemon/jobs/scheduler.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/store/repositories.h"
#include "tests/daemon/jobs/support/test_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"

namespace hrbridge::jobs {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

constexpr auto kLongest = 30s;  // a test that waits so long has failed

// What jobs did, in order.
class Diary {
  public:
    void write(const std::string& entry) {
        const std::lock_guard lock(mutex_);
        entries_.push_back(entry);
        changed_.notify_all();
    }
    // Waits until there are `count` entries.
    std::vector<std::string> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, kLongest, [&] { return entries_.size() >= count; }));
        return entries_;
    }
    std::size_t size() {
        const std::lock_guard lock(mutex_);
        return entries_.size();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> entries_;
};

class SchedulerTest : public testing::Test {
  protected:
    static Schedule every(const std::string& text) {
        return Schedule::parse(text, base::Zone::utc(), 0ms, "job").value();
    }
    ScheduledJob job(const std::string& name, const std::string& when = {}) {
        ScheduledJob made;
        made.name = name;
        if (!when.empty()) {
            made.when = every(when);
        }
        made.work = [this, name](const std::stop_token&) { diary_.write(name); };
        return made;
    }
    std::unique_ptr<Scheduler> start(std::vector<ScheduledJob> jobs) {
        return std::make_unique<Scheduler>(Scheduler::Parts{store_.store(), clock_, log_},
                                           std::move(jobs));
    }
    std::optional<model::Job> stored(const std::string& name) {
        const auto connection = store_.connect();
        return store::JobRepository(*connection).find(name);
    }
    // Waits until the scheduler has looked at its jobs twice more.
    static void wait_for_looks(const Scheduler& scheduler) {
        const std::int64_t from = scheduler.heartbeat();
        const auto deadline = std::chrono::steady_clock::now() + kLongest;
        while (scheduler.heartbeat() < from + 2 && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::yield();
        }
    }

    test::TestStore store_{"sqlite"};
    test::ManualClock clock_;
    test::MemoryLog log_;
    Diary diary_;
};

TEST_F(SchedulerTest, StartsAJobWhenItIsDueAndNotBefore) {
    const auto scheduler = start({job("outbox", "0 1 * * *")});
    wait_for_looks(*scheduler);
    EXPECT_EQ(diary_.size(), 0U);
    clock_.advance(1h);
    EXPECT_THAT(diary_.wait_for(1), ElementsAre("outbox"));
    clock_.advance(24h);
    EXPECT_THAT(diary_.wait_for(2), ElementsAre("outbox", "outbox"));
}

TEST_F(SchedulerTest, KeepsTheTimesInTheStore) {
    const auto begun = clock_.now();
    const auto scheduler = start({job("outbox", "15m")});
    diary_.wait_for(1);
    wait_for_looks(*scheduler);
    const auto kept = stored("outbox");
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->last_start, begun);
    EXPECT_EQ(kept->next_start, begun + 15min);
}

TEST_F(SchedulerTest, MissedStartsAreMadeUpOnceAfterARestart) {
    start({job("outbox", "@hourly")}).reset();
    {
        const auto connection = store_.connect();
        store::JobRepository(*connection).set_times("outbox", clock_.now(), std::nullopt);
    }
    clock_.advance(10h + 1min);
    const auto scheduler = start({job("outbox", "@hourly")});
    diary_.wait_for(1);
    wait_for_looks(*scheduler);
    EXPECT_EQ(diary_.size(), 1U);
}

TEST_F(SchedulerTest, NeverRunsAJobOverItself) {
    std::mutex gate;
    std::unique_lock hold(gate);
    std::atomic<int> at_once = 0;
    std::atomic<int> most = 0;
    ScheduledJob slow = job("sync/a", "1s");
    slow.work = [&](const std::stop_token&) {
        most = std::max(most.load(), ++at_once);
        diary_.write("begin");
        const std::lock_guard wait(gate);
        --at_once;
    };
    const auto scheduler = start({slow});
    diary_.wait_for(1);
    clock_.advance(10s);
    scheduler->run_now("sync/a");
    wait_for_looks(*scheduler);
    EXPECT_EQ(diary_.size(), 1U);
    EXPECT_THAT(scheduler->running(), ElementsAre("sync/a"));
    hold.unlock();
    diary_.wait_for(2);
    EXPECT_EQ(most, 1);
}

TEST_F(SchedulerTest, JobWithAThreadOfItsOwnStartsWhileOthersKeepThePoolBusy) {
    std::mutex gate;
    std::unique_lock hold(gate);
    std::vector<ScheduledJob> jobs;
    for (const char* name : {"sync/a", "sync/b", "sync/c"}) {
        jobs.push_back(job(name, "1s"));
        jobs.back().work = [&](const std::stop_token&) {
            diary_.write("sync");
            const std::lock_guard wait(gate);
        };
    }
    jobs.push_back(job("outbox", "1s"));
    jobs.back().own_thread = true;
    const auto scheduler = start(std::move(jobs));
    EXPECT_THAT(diary_.wait_for(3), UnorderedElementsAre("sync", "sync", "outbox"));
    clock_.advance(2s);
    EXPECT_THAT(diary_.wait_for(4), UnorderedElementsAre("sync", "sync", "outbox", "outbox"));
    hold.unlock();
}

TEST_F(SchedulerTest, JobWaitsForWhatItNeeds) {
    std::atomic<bool> fails = true;
    ScheduledJob parent = job("sync/parent", "1s");
    parent.work = [&](const std::stop_token&) {
        diary_.write("parent");
        if (fails) {
            throw std::runtime_error("source down");
        }
    };
    ScheduledJob child = job("sync/child", "1s");
    child.needs = {"sync/parent"};
    const auto scheduler = start({child, parent});
    diary_.wait_for(1);
    wait_for_looks(*scheduler);
    EXPECT_THAT(diary_.wait_for(1), ElementsAre("parent"));
    fails = false;
    clock_.advance(2s);
    EXPECT_THAT(diary_.wait_for(3), ElementsAre("parent", "parent", "sync/child"));
}

TEST_F(SchedulerTest, NeedIsFulfilledByARecordedSuccessOnly) {
    const auto connection = store_.connect();
    store::RunRepository runs(*connection);
    model::Run run;
    run.mapping = "parent";
    run.source = "erp";
    run.mapping_hash = "x";
    run.started_at = clock_.now();
    const std::int64_t id = runs.start(run);
    store::JobRepository(*connection).set_times("sync/parent", clock_.now(), std::nullopt);
    ScheduledJob child = job("sync/child", "1s");
    child.needs = {"sync/parent"};
    {
        const auto scheduler = start({child, job("sync/parent")});
        wait_for_looks(*scheduler);
        EXPECT_EQ(diary_.size(), 0U);
    }
    runs.finish(id, "done", clock_.now(), std::nullopt);
    const auto scheduler = start({child, job("sync/parent")});
    EXPECT_THAT(diary_.wait_for(1), ElementsAre("sync/child"));
}

TEST_F(SchedulerTest, PausedJobIsPassedOverUntilItIsResumed) {
    const auto connection = store_.connect();
    store::JobRepository(*connection).pause("outbox", "li.na", "holiday", clock_.now());
    const auto scheduler = start({job("outbox", "1s")});
    wait_for_looks(*scheduler);
    EXPECT_EQ(diary_.size(), 0U);
    store::JobRepository(*connection).resume("outbox");
    clock_.advance(2s);
    EXPECT_THAT(diary_.wait_for(1), ElementsAre("outbox"));
}

TEST_F(SchedulerTest, FailingJobIsLoggedAndOthersGoOn) {
    ScheduledJob bad = job("sync/a", "1s");
    bad.work = [](const std::stop_token&) {
        throw base::ConnectorError("erp", "28000", base::Remedy::Stop, "login refused");
    };
    const auto scheduler = start({bad, job("outbox", "1s")});
    diary_.wait_for(1);
    clock_.advance(2s);
    diary_.wait_for(2);
    wait_for_looks(*scheduler);
    EXPECT_TRUE(log_.contains("login refused"));
}

TEST_F(SchedulerTest, JobWhoseStartCouldNotBeNotedIsTriedAgainAndNotSkipped) {
    const auto scheduler = start({job("outbox", "0 1 * * *")});
    const auto connection = store_.connect();
    connection->run_script(
        "CREATE TRIGGER busy BEFORE UPDATE ON job BEGIN SELECT RAISE(ABORT, 'busy'); END");
    clock_.advance(1h);
    const auto deadline = std::chrono::steady_clock::now() + kLongest;
    while (!log_.contains("could not be noted") && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    connection->run_script("DROP TRIGGER busy");
    EXPECT_THAT(diary_.wait_for(1), ElementsAre("outbox"));
}

TEST_F(SchedulerTest, StartThatCannotBeNotedForLongIsLoggedOnceAMinute) {
    const auto scheduler = start({job("outbox", "0 1 * * *")});
    const auto connection = store_.connect();
    connection->run_script(
        "CREATE TRIGGER busy BEFORE UPDATE ON job BEGIN SELECT RAISE(ABORT, 'busy'); END");
    clock_.advance(1h);
    const auto lines = [&] {
        const auto all = log_.lines();
        return std::count_if(all.begin(), all.end(), [](const std::string& line) {
            return line.find("could not be noted") != std::string::npos;
        });
    };
    const auto wait_for_lines = [&](std::ptrdiff_t count) {
        const auto deadline = std::chrono::steady_clock::now() + kLongest;
        while (lines() < count && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::yield();
        }
        return lines();
    };
    EXPECT_EQ(wait_for_lines(1), 1);
    wait_for_looks(*scheduler);
    wait_for_looks(*scheduler);
    EXPECT_EQ(wait_for_lines(1), 1);
    clock_.advance(1min);
    EXPECT_EQ(wait_for_lines(2), 2);
    connection->run_script("DROP TRIGGER busy");
    EXPECT_THAT(diary_.wait_for(1), ElementsAre("outbox"));
}

TEST_F(SchedulerTest, JobWithoutAScheduleStartsOnDemand) {
    const auto scheduler = start({job("sync/a")});
    EXPECT_FALSE(scheduler->run_now("sync/b"));
    EXPECT_TRUE(scheduler->run_now("sync/a"));
    EXPECT_THAT(diary_.wait_for(1), ElementsAre("sync/a"));
}

TEST_F(SchedulerTest, DemandForAJobThatMustWaitIsKept) {
    ScheduledJob child = job("sync/child");
    child.needs = {"sync/parent"};
    const auto scheduler = start({child, job("sync/parent")});
    scheduler->run_now("sync/child");
    wait_for_looks(*scheduler);
    EXPECT_EQ(diary_.size(), 0U);
    scheduler->run_now("sync/parent");
    EXPECT_THAT(diary_.wait_for(2), ElementsAre("sync/parent", "sync/child"));
}

TEST_F(SchedulerTest, StopIsPassedOnAndWaitedFor) {
    ScheduledJob patient = job("sync/a", "1s");
    patient.work = [&](const std::stop_token& stop) {
        diary_.write("begin");
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait(lock, stop, [] { return false; });
        diary_.write("end");
        throw base::Stopped();
    };
    auto scheduler = start({patient});
    diary_.wait_for(1);
    scheduler.reset();
    EXPECT_THAT(diary_.wait_for(2), ElementsAre("begin", "end"));
}

}  // namespace
}  // namespace hrbridge::jobs
