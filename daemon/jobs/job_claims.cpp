#include "daemon/jobs/job_claims.h"

#include "daemon/base/error.h"
#include "daemon/jobs/lease_holder.h"
#include "daemon/jobs/schedule.h"
#include "daemon/store/repositories.h"

namespace hrbridge::jobs {
namespace {

constexpr std::chrono::seconds kLookEvery{1};

// A start is never noted as made before the one before it, which a clock that is ahead may have
// noted: after a restart the time between the two would be planned anew.
base::Timestamp start_after(const std::optional<base::Timestamp>& last, base::Timestamp now) {
    const bool ahead = last && *last > now && *last <= now + Schedule::kMostClocksDiffer;
    return ahead ? *last : now;
}

}  // namespace

JobClaims::JobClaims(const Parts& parts, std::chrono::seconds term)
    : parts_(parts),
      term_(term),
      holder_(new_holder()),
      store_(parts.store),
      extending_(parts.store) {
    thread_ = std::jthread([this](const std::stop_token& stop) { keep(stop); });
}

JobClaims::Standing JobClaims::standing(const model::JobClaim& claim) const {
    {
        // Also when the row is free already: who still writes the end of the start before would end
        // the next one.
        const std::lock_guard lock(mutex_);
        if (running_.contains(claim.name) || unended_.contains(claim.name)) {
            return Standing::Elsewhere;
        }
    }
    if (!claim.holder) {
        return Standing::Free;
    }
    if (*claim.holder == holder_) {
        return Standing::Left;
    }
    return claim.holder->empty() || claim.over || is_gone(*claim.holder) ? Standing::Left
                                                                         : Standing::Elsewhere;
}

bool JobClaims::take(const model::JobClaim& seen,
                     bool on_demand,
                     base::Timestamp now,
                     std::optional<base::Timestamp> next) {
    {
        // Before the claim is there: its extension must not come too late.
        const std::lock_guard lock(mutex_);
        if (running_.empty()) {
            extended_at_ = parts_.clock.monotonic();
        }
        running_.insert_or_assign(seen.name, Run{++runs_});
        changed_.notify_all();
    }
    bool taken = false;
    try {
        taken = store_.use([&](store::sql::Connection& connection) {
            store::JobClaimRepository claims(connection);
            // The term begins when the connection is there, whatever it had to wait for.
            const store::JobClaimRepository::Start start{seen.name,
                                                         holder_,
                                                         parts_.clock.now(),
                                                         term_,
                                                         next,
                                                         start_after(seen.last_start, now)};
            return seen.holder                     ? claims.take_over(start, *seen.holder)
                   : !on_demand && seen.next_start ? claims.take_planned(start, *seen.next_start)
                                                   : claims.take_on_demand(start, seen.last_start);
        });
    } catch (...) {
        forget(seen.name);
        throw;
    }
    if (!taken) {
        forget(seen.name);
        return false;
    }
    const std::lock_guard lock(mutex_);
    running_.at(seen.name).taken = true;
    if (seen.holder && !seen.holder->empty() && *seen.holder != holder_) {
        parts_.log.notice("took over a job that its daemon did not end", {{"job", seen.name}});
    }
    return true;
}

void JobClaims::forget(const std::string& job) {
    const std::lock_guard lock(mutex_);
    running_.erase(job);
}

std::stop_token JobClaims::lost(const std::string& job) const {
    const std::lock_guard lock(mutex_);
    const auto run = running_.find(job);
    return run == running_.end() ? std::stop_token() : run->second.lost.get_token();
}

void JobClaims::end(const std::string& job, bool broken_off) {
    {
        const std::lock_guard lock(mutex_);
        unended_.insert_or_assign(job, End{broken_off});
        running_.erase(job);
    }
    try {
        write_end(store_, job, broken_off);
    } catch (const std::exception& error) {
        parts_.log.warning("a job's end could not be noted; it is noted later",
                           {{"job", job}, {"error", error.what()}});
        const std::lock_guard lock(mutex_);
        unended_.at(job).late = true;
        changed_.notify_all();
    }
}

void JobClaims::write_end(store::KeptConnection& over, const std::string& job, bool broken_off) {
    over.use([&](store::sql::Connection& connection) {
        store::JobClaimRepository claims(connection);
        if (broken_off) {
            claims.hand_back(job, holder_);
        } else {
            claims.release(job, holder_);
        }
    });
    const std::lock_guard lock(mutex_);
    unended_.erase(job);
}

void JobClaims::write_ends() {
    std::map<std::string, End> ends;
    {
        const std::lock_guard lock(mutex_);
        ends = unended_;
    }
    try {
        for (const auto& [job, end] : ends) {
            if (end.late) {
                write_end(extending_, job, end.broken_off);
            }
        }
    } catch (const base::SystemError&) {
        // end() has logged it.
    }
}

void JobClaims::clear(store::sql::Connection& connection, const model::JobClaim& claim) {
    store::JobClaimRepository(connection).release(claim.name, claim.holder.value_or(""));
}

void JobClaims::extend() {
    std::map<std::string, std::int64_t> taken;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [job, run] : running_) {
            if (run.taken) {
                taken.emplace(job, run.number);
            }
        }
    }
    end_lost(taken, extending_.use([&](store::sql::Connection& connection) {
        return store::JobClaimRepository(connection).extend(holder_, parts_.clock.now(), term_);
    }));
}

void JobClaims::end_lost(const std::map<std::string, std::int64_t>& taken,
                         const std::set<std::string>& extended) {
    const std::lock_guard lock(mutex_);
    for (auto& [job, run] : running_) {
        const auto known = taken.find(job);
        const bool held = known == taken.end() || known->second != run.number ||
                          extended.contains(job) || run.lost.stop_requested();
        if (!held) {
            parts_.log.error(
                "another daemon has taken over a job that runs here: the claim ended before it "
                "could be extended; it is stopped here",
                {{"job", job}});
            run.lost.request_stop();
        }
    }
}

void JobClaims::extend_when_due() {
    const auto now = parts_.clock.monotonic();
    {
        const std::lock_guard lock(mutex_);
        if (running_.empty() || now - extended_at_ < term_ / 3) {
            return;
        }
    }
    try {
        extend();
        const std::lock_guard lock(mutex_);
        extended_at_ = now;
    } catch (const base::SystemError& error) {
        // The next turn comes before the term ends; what a job writes is guarded by its leases.
        if (reminder_.is_due(error.code(), now)) {
            parts_.log.warning("the claims of running jobs were not extended",
                               {{"code", error.code()}, {"error", error.what()}});
        }
    }
}

void JobClaims::keep(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, stop, [this] { return !running_.empty() || !unended_.empty(); });
            changed_.wait_for(lock, stop, kLookEvery, [] { return false; });
        }
        if (!stop.stop_requested()) {
            write_ends();
            extend_when_due();
        }
    }
}

}  // namespace hrbridge::jobs
