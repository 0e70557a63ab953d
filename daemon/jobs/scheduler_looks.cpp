// How the scheduler finds which jobs are due.
#include <algorithm>

#include "daemon/jobs/scheduler.h"
#include "daemon/store/repositories.h"

namespace hrbridge::jobs {
namespace {

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
            const bool known_time = last && *last <= now + Schedule::kMostClocksDiffer;
            state.next = state.job.when->next_start(known_time ? last : std::nullopt, now);
            jobs.plan(state.job.name, state.next, last);
        }
    }
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
    if (!state.seen.holder && state.job.when) {
        state.next = planned_for(state, now).value_or(state.next);
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

// None: by a clock that was far ahead.
std::optional<base::Timestamp> Scheduler::planned_for(const State& state, base::Timestamp now) {
    const auto planned = state.seen.next_start;
    return planned && state.job.when->is_plausible(*planned, now) ? planned : std::nullopt;
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
    plan_anew_what_is_far_ahead();
    store_.use([this](store::sql::Connection& connection) { look_around(connection); });
}

// The clock went back: what was planned before would not start until it is there again.
void Scheduler::plan_anew_what_is_far_ahead() {
    const auto now = parts_.clock.now();
    const std::lock_guard lock(mutex_);
    for (State& state : states_) {
        if (state.job.when && !state.running && !state.job.when->is_plausible(state.next, now)) {
            state.next = state.job.when->next_after(now);
            parts_.log.warning("the clock was ahead when a job was planned; it is planned anew",
                               {{"job", state.job.name}});
        }
    }
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

}  // namespace hrbridge::jobs
