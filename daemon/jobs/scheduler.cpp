#include "daemon/jobs/scheduler.h"

#include <algorithm>
#include <exception>
#include <thread>

#include "daemon/base/error.h"
#include "daemon/base/resting_memory.h"
#include "daemon/store/repositories.h"

namespace hrbridge::jobs {
namespace {

constexpr std::chrono::milliseconds kLookEvery{500};
// Some jobs come every few seconds: what they use would be fetched each time anew.
constexpr std::chrono::seconds kBetweenRests{30};
}  // namespace

Scheduler::Scheduler(const Parts& parts, std::vector<ScheduledJob> jobs, int threads)
    : parts_(parts),
      claims_({parts.store, parts.clock, parts.log}),
      store_(parts.store),
      rested_at_(parts.clock.monotonic()),
      looked_at_(rested_at_) {
    for (ScheduledJob& job : jobs) {
        State state;
        state.job = std::move(job);
        if (state.job.own_thread) {
            state.lane = lanes_.size();
            lanes_.emplace_back();
        }
        states_.push_back(std::move(state));
    }
    load();
    threads_.emplace_back([this](const std::stop_token& stop) { plan(stop); });
    for (int i = 0; i < threads; ++i) {
        threads_.emplace_back([this](const std::stop_token& stop) { work(stop, 0); });
    }
    for (std::size_t lane = 1; lane < lanes_.size(); ++lane) {
        threads_.emplace_back([this, lane](const std::stop_token& stop) { work(stop, lane); });
    }
}

Scheduler::~Scheduler() {
    stop();
}

void Scheduler::stop() {
    for (std::jthread& thread : threads_) {
        thread.request_stop();
    }
    changed_.notify_all();
    threads_.clear();
}

std::vector<std::string> Scheduler::running() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const State& state : states_) {
        if (state.running) {
            names.push_back(state.job.name);
        }
    }
    return names;
}

bool Scheduler::run_now(const std::string& name) {
    const std::lock_guard lock(mutex_);
    for (State& state : states_) {
        if (state.job.name == name) {
            state.asked = true;
            woken_ = true;
            changed_.notify_all();
            return true;
        }
    }
    return false;
}

void Scheduler::plan(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        ++heartbeat_;
        try {
            look_around();
            start_due();
        } catch (const base::SystemError& error) {
            if (reminder_.is_due(error.code(), parts_.clock.monotonic())) {
                parts_.log.error("the scheduler cannot reach the store", {{"code", error.code()}});
            }
        }
        rest();
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, kLookEvery, [this] { return woken_; });
        woken_ = false;
    }
}

void Scheduler::rest() {
    const auto now = parts_.clock.monotonic();
    if (was_busy_ && now - rested_at_ >= kBetweenRests && running().empty()) {
        was_busy_ = false;
        rested_at_ = now;
        base::give_back_constants();
    }
}

void Scheduler::work(const std::stop_token& stop, std::size_t lane) {
    std::deque<State*>& queue = lanes_[lane];
    while (true) {
        State* state = nullptr;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, stop, [&queue] { return !queue.empty(); });
            if (stop.stop_requested()) {
                return;
            }
            state = queue.front();
            queue.pop_front();
        }
        run_apart(*state, stop);
        {
            const std::lock_guard lock(mutex_);
            state->running = false;
            was_busy_ = true;
            changed_.notify_all();
        }
        if (running().empty()) {
            base::give_back_heap();  // else that of the largest job stays with the daemon at rest
        }
    }
}

// The allocator keeps freed pieces for each thread until it ends: those of all jobs, which lie all
// over the heap, would hold it as large as it ever was.
void Scheduler::run_apart(State& state, const std::stop_token& stop) {
    std::thread apart;
    try {
        apart = std::thread([&] { run(state, stop); });
    } catch (const std::exception&) {
        run(state, stop);  // there is no room for one more thread
        return;
    }
    apart.join();
}

void Scheduler::run(State& state, const std::stop_token& stop) {
    if (!claim(state)) {
        return;
    }
    bool broken_off = false;
    try {
        std::stop_source ending;
        const std::stop_callback by_stop(stop, [&ending] { ending.request_stop(); });
        const std::stop_callback by_loss(claims_.lost(state.job.name),
                                         [&ending] { ending.request_stop(); });
        state.job.work(ending.get_token());
        const std::lock_guard lock(mutex_);
        state.succeeded = true;
    } catch (const base::Stopped&) {
        parts_.log.info("job stopped", {{"job", state.job.name}});
        broken_off = state.job.when.has_value();
    } catch (const base::SystemError& error) {
        parts_.log.error(
            "job failed",
            {{"job", state.job.name}, {"code", error.code()}, {"error", error.what()}});
    } catch (const std::exception& error) {
        parts_.log.error("job failed", {{"job", state.job.name}, {"error", error.what()}});
    }
    claims_.end(state.job.name, broken_off);
}

// A start that cannot be written down is tried again at the next look: the job is still due.
bool Scheduler::claim(State& state) {
    try {
        return take(state);
    } catch (const base::SystemError& error) {
        tell_unnoted_start(state, error.code(), error.what());
    } catch (const std::exception& error) {
        tell_unnoted_start(state, "", error.what());
    }
    const std::lock_guard lock(mutex_);
    state.asked = state.asked || state.on_demand;
    state.left = state.seen.holder.has_value();
    state.next = parts_.clock.now();
    return false;
}

void Scheduler::tell_unnoted_start(const State& state,
                                   const std::string& code,
                                   const std::string& error) {
    if (reminder_.is_due(state.job.name + code, parts_.clock.monotonic())) {
        parts_.log.error("a job's start could not be noted; it is tried again",
                         {{"job", state.job.name}, {"code", code}, {"error", error}});
    }
}

// False when another daemon was faster: the next look finds how the job stands.
bool Scheduler::take(State& state) {
    std::optional<base::Timestamp> next;
    const auto now = parts_.clock.now();
    if (state.job.when) {
        // Another machine's clock may be ahead: what it started is not planned once more.
        next = std::max(state.job.when->next_after(now), planned_for(state, now).value_or(now));
    } else {
        const auto connection = parts_.store.connect();
        store::JobClaimRepository(*connection).plan(state.job.name, {}, {});
    }
    const bool taken = claims_.take(state.seen, state.on_demand, now, next);
    const std::lock_guard lock(mutex_);
    state.next = taken && next ? *next : now;
    state.asked = state.asked || (!taken && state.on_demand);
    return taken;
}

}  // namespace hrbridge::jobs
