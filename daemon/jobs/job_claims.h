#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/jobs/reminder.h"
#include "daemon/model/runs.h"
#include "daemon/store/kept_connection.h"
#include "daemon/store/store.h"

namespace hrbridge::jobs {

// The starts that this scheduler has claimed among all daemons of a store. While any of them runs,
// a thread of its own extends the claims; those of a daemon that died are taken over by the others,
// at once on its machine, after the term elsewhere. Thread-safe.
class JobClaims {
  public:
    struct Parts {
        store::Store& store;
        base::Clock& clock;
        base::Log& log;
    };
    // So many claims of one start may end with their daemon: a job that kills its process does not
    // do so for ever.
    static constexpr std::int64_t kMostAttempts = 5;

    explicit JobClaims(const Parts& parts, std::chrono::seconds term = std::chrono::minutes(1));

    // How the job's record stands to this scheduler.
    enum class Standing {
        Free,
        Elsewhere,  // another daemon runs it
        Left,       // its holder is gone, or broke off, or has it without knowing: it did not hear
                    // that its claim was written
    };
    Standing standing(const model::JobClaim& claim) const;

    // Takes the start that `seen` was found with, planned for its next_start unless on demand, or
    // what its holder left, as made `now`; `next` is the one after it, an interval's counted from
    // `now`. False when another daemon was faster.
    // Throws StoreError, after which the claim may have been written all the same.
    bool take(const model::JobClaim& seen,
              bool on_demand,
              base::Timestamp now,
              std::optional<base::Timestamp> next);
    // Of a job that runs here: stops when another daemon has taken it over.
    std::stop_token lost(const std::string& job) const;
    // Ends the claim; broken off: the job is to start again, here or elsewhere. What cannot be
    // written down is logged and tried again each second; until then the job is Elsewhere.
    void end(const std::string& job, bool broken_off);
    // Gives up a start that was left.
    void clear(store::sql::Connection& connection, const model::JobClaim& claim);

  private:
    struct Run {
        std::int64_t number;
        bool taken = false;
        std::stop_source lost = {};
    };

    struct End {
        bool broken_off;
        bool late = false;  // end() could not write it, keep() does
    };

    void forget(const std::string& job);
    void write_end(store::KeptConnection& over, const std::string& job, bool broken_off);
    void write_ends();
    void extend_when_due();
    void extend();
    void end_lost(const std::map<std::string, std::int64_t>& taken,
                  const std::set<std::string>& extended);
    void keep(const std::stop_token& stop);

    Parts parts_;
    std::chrono::seconds term_;
    std::string holder_;
    store::KeptConnection store_;
    store::KeptConnection extending_;  // waits for no start and no end
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::string, Run> running_;
    std::map<std::string, End> unended_;  // whose end is not known to be written
    std::int64_t runs_ = 0;
    std::chrono::nanoseconds extended_at_{};
    Reminder reminder_;
    std::jthread thread_;
};

}  // namespace hrbridge::jobs
