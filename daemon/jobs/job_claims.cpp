#include "daemon/jobs/job_claims.h"

#include "daemon/base/error.h"
#include "daemon/jobs/lease_holder.h"
#include "daemon/store/repositories.h"

namespace hrbridge::jobs {
namespace {

constexpr std::chrono::seconds kLookEvery{1};

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
    if (!claim.holder) {
        return Standing::Free;
    }
    if (*claim.holder == holder_) {
        const std::lock_guard lock(mutex_);
        return running_.count(claim.name) != 0 ? Standing::Elsewhere : Standing::Stale;
    }
    return claim.holder->empty() || claim.over || is_gone(*claim.holder) ? Standing::Left
                                                                         : Standing::Elsewhere;
}

bool JobClaims::take(const model::JobClaim& seen,
                     bool on_demand,
                     std::optional<base::Timestamp> next) {
    {
        // Before the claim is there: its extension must not come too late.
        const std::lock_guard lock(mutex_);
        if (running_.empty()) {
            extended_at_ = parts_.clock.monotonic();
        }
        running_.insert(seen.name);
        changed_.notify_all();
    }
    bool taken = false;
    try {
        taken = store_.use([&](store::sql::Connection& connection) {
            store::JobClaimRepository claims(connection);
            // The term begins when the connection is there, whatever it had to wait for.
            const store::JobClaimRepository::Start start{
                seen.name, holder_, parts_.clock.now(), term_, next};
            return seen.holder                     ? claims.take_over(start, *seen.holder)
                   : !on_demand && seen.next_start ? claims.take_planned(start, *seen.next_start)
                                                   : claims.take_on_demand(start);
        });
    } catch (...) {
        const std::lock_guard lock(mutex_);
        running_.erase(seen.name);
        throw;
    }
    if (!taken) {
        const std::lock_guard lock(mutex_);
        running_.erase(seen.name);
    } else if (seen.holder) {
        parts_.log.notice("took over a job that its daemon did not end", {{"job", seen.name}});
    }
    return taken;
}

void JobClaims::end(const std::string& job, bool broken_off) {
    {
        const std::lock_guard lock(mutex_);
        running_.erase(job);
    }
    try {
        store_.use([&](store::sql::Connection& connection) {
            store::JobClaimRepository claims(connection);
            if (broken_off) {
                claims.hand_back(job, holder_);
            } else {
                claims.release(job, holder_);
            }
        });
    } catch (const std::exception& error) {
        parts_.log.warning("a job's end could not be noted; it is noted later",
                           {{"job", job}, {"error", error.what()}});
    }
}

void JobClaims::clear(store::sql::Connection& connection, const model::JobClaim& claim) {
    store::JobClaimRepository(connection).release(claim.name, claim.holder.value_or(""));
}

void JobClaims::extend() {
    extending_.use([&](store::sql::Connection& connection) {
        store::JobClaimRepository(connection).extend(holder_, parts_.clock.now(), term_);
    });
}

void JobClaims::keep(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        changed_.wait(lock, stop, [this] { return !running_.empty(); });
        changed_.wait_for(lock, stop, kLookEvery, [] { return false; });
        const auto now = parts_.clock.monotonic();
        if (stop.stop_requested() || running_.empty() || now - extended_at_ < term_ / 3) {
            continue;
        }
        lock.unlock();
        bool extended = false;
        try {
            extend();
            extended = true;
        } catch (const base::SystemError& error) {
            // The next turn comes before the term ends; what a job writes is guarded by its leases.
            if (reminder_.is_due("", now)) {
                parts_.log.warning("the claims of running jobs were not extended",
                                   {{"code", error.code()}, {"error", error.what()}});
            }
        }
        lock.lock();
        if (extended) {
            extended_at_ = now;
        }
    }
}

}  // namespace hrbridge::jobs
