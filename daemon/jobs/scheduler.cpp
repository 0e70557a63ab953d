#include "daemon/jobs/scheduler.h"

#include <algorithm>

#include "daemon/base/error.h"
#include "daemon/base/resting_memory.h"
#include "daemon/store/repositories.h"

namespace hrbridge::jobs {
namespace {

constexpr std::chrono::milliseconds kLookEvery{500};
// Some jobs come every few seconds: what they use would be fetched each time anew.
constexpr std::chrono::seconds kBetweenRests{30};
// How long a start that a daemon died over may lie, and how often a busy job is looked at.
constexpr std::chrono::seconds kBetweenLooksAround{30};
constexpr std::chrono::seconds kWhileElsewhere{2};
constexpr std::string_view kSyncPrefix = "sync/";

// Whether the job succeeded in an earlier process: what it brought is stored. Syncs have their
// records; of others only the start is known.
bool has_succeeded(store::sql::Connection& connection, const std::string& job, bool has_started) {
    if (job.rfind(kSyncPrefix, 0) != 0) {
        return has_started;
    }
    const auto rows =
        connection.query("SELECT 1 FROM run WHERE mapping = $1 AND outcome = 'done' LIMIT 1",
                         {job.substr(kSyncPrefix.size())});
    return rows->next();
}

// Whether the start that its daemon left had come to its end, which was only not noted any more.
bool was_done(store::sql::Connection& connection,
              const ScheduledJob& job,
              const model::JobClaim& claim) {
    return job.done_since && claim.last_start && !claim.holder.value_or("").empty() &&
           job.done_since(connection, *claim.last_start);
}

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

void Scheduler::load() {
    const auto connection = parts_.store.connect();
    store::JobClaimRepository jobs(*connection);
    const auto now = parts_.clock.now();
    for (State& state : states_) {
        const auto known = jobs.find(state.job.name, now);
        const std::optional<base::Timestamp> last = known ? known->last_start : std::nullopt;
        state.succeeded = has_succeeded(*connection, state.job.name, last.has_value());
        state.left = known && claims_.standing(*known) == JobClaims::Standing::Left;
        if (state.job.when) {
            state.next = state.job.when->next_start(last, now);
            jobs.plan(state.job.name, state.next, last);
        }
    }
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

bool Scheduler::may_start(const State& state, base::Timestamp now) const {
    const bool due = state.asked || state.left || (state.job.when && state.next <= now);
    return due && !state.running && state.look_again <= parts_.clock.monotonic() &&
           std::all_of(
               state.job.needs.begin(), state.job.needs.end(), [&](const std::string& need) {
                   return std::none_of(states_.begin(), states_.end(), [&](const State& other) {
                       return other.job.name == need && (!other.succeeded || other.running);
                   });
               });
}

Scheduler::State* Scheduler::find_due(store::sql::Connection& connection, base::Timestamp now) {
    for (State& state : states_) {
        if (may_start(state, now) && is_due(connection, state, now)) {
            return &state;
        }
    }
    return nullptr;
}

// As the store has it: other daemons start jobs too.
bool Scheduler::is_due(store::sql::Connection& connection, State& state, base::Timestamp now) {
    store::JobClaimRepository jobs(connection);
    state.seen = jobs.find(state.job.name, now).value_or(model::JobClaim{});
    state.seen.name = state.job.name;
    if (state.seen.paused) {
        state.asked = false;
        state.left = false;
        if (state.job.when) {
            state.next = state.job.when->next_after(now);
        }
        return false;
    }
    if (!is_free(connection, state)) {
        return false;
    }
    if (!state.seen.holder && state.job.when && state.seen.next_start) {
        state.next = *state.seen.next_start;
    }
    return may_start(state, now) &&
           std::all_of(
               state.job.needs.begin(), state.job.needs.end(), [&](const std::string& need) {
                   const auto claim = jobs.find(need, now);
                   const bool busy =
                       claim && claims_.standing(*claim) == JobClaims::Standing::Elsewhere;
                   state.look_again =
                       busy ? parts_.clock.monotonic() + kWhileElsewhere : state.look_again;
                   return !busy;
               });
}

// Nobody runs it; what its daemon did not end is there to be taken over, unless it ended them.
bool Scheduler::is_free(store::sql::Connection& connection, State& state) {
    switch (claims_.standing(state.seen)) {
        case JobClaims::Standing::Free:
            state.left = false;
            return true;
        case JobClaims::Standing::Elsewhere:
            state.left = false;
            state.look_again = parts_.clock.monotonic() + kWhileElsewhere;
            return false;
        case JobClaims::Standing::Left:
            if (was_done(connection, state.job, state.seen)) {
                parts_.log.notice("a job's daemon died behind its end", {{"job", state.job.name}});
                state.succeeded = true;
                break;
            }
            if (state.seen.attempts < JobClaims::kMostAttempts) {
                return true;
            }
            parts_.log.error("a job's daemons died over it; it waits for its next start",
                             {{"job", state.job.name}});
            break;
        case JobClaims::Standing::Stale:
            break;
    }
    claims_.clear(connection, state.seen);
    state.seen.holder.reset();
    state.left = false;
    return true;
}

bool Scheduler::any_due() const {
    const std::lock_guard lock(mutex_);
    const auto now = parts_.clock.now();
    return std::any_of(
        states_.begin(), states_.end(), [&](const State& state) { return may_start(state, now); });
}

// The store is asked only when a job may start: a daemon at rest leaves it alone.
void Scheduler::start_due() {
    if (!any_due()) {
        return;
    }
    store_.use([this](store::sql::Connection& connection) { start_due(connection); });
}

void Scheduler::start_due(store::sql::Connection& connection) {
    const std::lock_guard lock(mutex_);
    const auto now = parts_.clock.now();
    while (State* state = find_due(connection, now)) {
        state->running = true;
        state->on_demand = state->asked;
        state->asked = false;
        state->left = false;
        if (state->job.when) {
            state->next = state->job.when->next_after(now);
        }
        lanes_[state->lane].push_back(state);
        changed_.notify_all();
    }
}

// What other daemons left, and what they brought that jobs here wait for.
void Scheduler::look_around() {
    const auto now = parts_.clock.monotonic();
    if (now - looked_at_ < kBetweenLooksAround) {
        return;
    }
    looked_at_ = now;
    store_.use([this](store::sql::Connection& connection) { look_around(connection); });
}

void Scheduler::look_around(store::sql::Connection& connection) {
    for (const model::JobClaim& claim :
         store::JobClaimRepository(connection).all(parts_.clock.now())) {
        const bool left = claims_.standing(claim) == JobClaims::Standing::Left && !claim.paused;
        const std::lock_guard lock(mutex_);
        for (State& state : states_) {
            if (state.job.name == claim.name && !state.running) {
                state.left = left;
                state.succeeded =
                    state.succeeded ||
                    (!claim.holder &&
                     has_succeeded(connection, claim.name, claim.last_start.has_value()));
            }
        }
    }
}

void Scheduler::plan(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        ++heartbeat_;
        try {
            look_around();
            start_due();
        } catch (const base::SystemError& error) {
            if (reminder_.is_due("", parts_.clock.monotonic())) {
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
        run(*state, stop);
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

void Scheduler::run(State& state, const std::stop_token& stop) {
    if (!claim(state)) {
        return;
    }
    bool broken_off = false;
    try {
        state.job.work(stop);
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
    if (reminder_.is_due(state.job.name, parts_.clock.monotonic())) {
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
        next = std::max(state.job.when->next_after(now), state.seen.next_start.value_or(now));
    } else {
        const auto connection = parts_.store.connect();
        store::JobClaimRepository(*connection).plan(state.job.name, {}, {});
    }
    const bool taken = claims_.take(state.seen, state.on_demand, next);
    const std::lock_guard lock(mutex_);
    state.next = taken && next ? *next : now;
    state.asked = state.asked || (!taken && state.on_demand);
    return taken;
}

}  // namespace hrbridge::jobs
