#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/jobs/job_claims.h"
#include "daemon/jobs/reminder.h"
#include "daemon/jobs/schedule.h"
#include "daemon/store/kept_connection.h"
#include "daemon/store/store.h"

namespace hrbridge::jobs {

// A job of the daemon. `work` throws when it fails; that is logged, and the job starts again at its
// next time.
struct ScheduledJob {
    std::string name;                // "sync/erp/person", "findings", "outbox", "retention"
    std::optional<Schedule> when;    // none: only by run_now()
    std::vector<std::string> needs;  // jobs that must have succeeded once before, in this process
                                     // or an earlier one
    std::function<void(const std::stop_token&)> work;
    bool own_thread = false;  // it never waits until another job's work is done
    // Whether a start made then or later was done by what the store holds of its work, so that a
    // daemon that died between that and the end of its claim leaves nothing to be done again.
    // None: doing it again changes nothing.
    std::function<bool(store::sql::Connection&, base::Timestamp)> done_since = {};
};

// Starts jobs when they are due, never one over itself: each in its own thread or in one of a small
// pool that the others share. Paused
// jobs (job table) are passed over. Times are kept in the store, so that a missed start is made up
// once after a restart. Of several daemons on one store one only runs each start, and a start that
// its daemon died over, or broke off, is made again by whoever finds it.
class Scheduler {
  public:
    struct Parts {
        store::Store& store;
        base::Clock& clock;
        base::Log& log;
    };
    Scheduler(const Parts& parts, std::vector<ScheduledJob> jobs, int threads = 2);
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;
    // Asks running jobs to stop and waits for them.
    ~Scheduler();

    // Asks running jobs to stop and waits for them; none starts any more.
    void stop();
    // Starts the job as soon as a thread is free; false when there is no such job.
    bool run_now(const std::string& name);
    // Grows while the scheduler looks at its jobs: what the watchdog watches.
    std::int64_t heartbeat() const { return heartbeat_; }
    // Names of the jobs that run at the moment.
    std::vector<std::string> running() const;

  private:
    struct State {
        ScheduledJob job;
        std::size_t lane = 0;
        base::Timestamp next;
        bool running = false;
        bool asked = false;                     // run_now()
        bool left = false;                      // a daemon did not end it
        bool succeeded = false;                 // once
        bool on_demand = false;                 // the start under way, of run_now()
        model::JobClaim seen;                   // that start is made from it
        std::chrono::nanoseconds look_again{};  // monotonic; another daemon runs it until then
    };

    void load();
    bool any_due() const;
    void start_due();
    void start_due(store::sql::Connection& connection);
    void look_around();
    void look_around(store::sql::Connection& connection);
    void plan_anew_what_is_far_ahead();
    void plan(const std::stop_token& stop);
    void rest();
    void work(const std::stop_token& stop, std::size_t lane);
    bool may_start(const State& state, base::Timestamp now) const;
    State* find_due(store::sql::Connection& connection, base::Timestamp now);
    bool is_due(store::sql::Connection& connection, State& state, base::Timestamp now);
    static std::optional<base::Timestamp> planned_for(const State& state, base::Timestamp now);
    bool is_free(store::sql::Connection& connection, State& state);
    void run_apart(State& state, const std::stop_token& stop);
    void run(State& state, const std::stop_token& stop);
    bool claim(State& state);
    void tell_unnoted_start(const State& state, const std::string& code, const std::string& error);
    bool take(State& state);

    Parts parts_;
    JobClaims claims_;
    store::KeptConnection store_;  // the planning thread's
    Reminder reminder_;            // of what is tried again at each look
    std::vector<State> states_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<std::deque<State*>> lanes_{1};  // due jobs; the first lane is the pool's
    bool woken_ = false;                        // by run_now()
    std::atomic<std::int64_t> heartbeat_ = 0;
    std::atomic<bool> was_busy_ = true;     // since rested_at_
    std::chrono::nanoseconds rested_at_{};  // the planning thread's
    std::chrono::nanoseconds looked_at_{};  // likewise
    std::vector<std::jthread> threads_;
};

}  // namespace hrbridge::jobs
