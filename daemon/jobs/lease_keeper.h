#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <thread>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/store/store.h"

namespace hrbridge::jobs {

// Holds a lease while it lives: extends it from a thread of its own over a connection of its own,
// and gives it back at the end. A holder that loses its lease cannot do harm, since every batch
// checks the fencing token.
class LeaseKeeper {
  public:
    struct Parts {
        store::Store& store;
        base::Clock& clock;
        base::Log& log;
    };
    // Throws base::LeaseHeld when another holder has it; one whose process is gone does not count.
    LeaseKeeper(const Parts& parts,
                std::string name,
                std::chrono::seconds term = std::chrono::minutes(5));
    ~LeaseKeeper();
    LeaseKeeper(const LeaseKeeper&) = delete;
    LeaseKeeper& operator=(const LeaseKeeper&) = delete;

    const std::string& name() const { return name_; }
    std::int64_t token() const { return token_; }
    // For the holder's own connection between two transactions: on SQLite a long batch keeps the
    // keeper's connection out. Throws base::LeaseHeld when the lease is lost, std::logic_error
    // inside a transaction: its rollback would take the extension back.
    void extend(store::sql::Connection& connection);

  private:
    std::int64_t take();
    void keep(const std::stop_token& stop);

    Parts parts_;
    std::string name_;
    std::chrono::seconds term_;
    std::int64_t token_ = 0;
    std::atomic<std::int64_t> extended_at_ = 0;  // monotonic nanoseconds
    std::atomic<bool> lost_ = false;
    std::jthread thread_;
};

}  // namespace hrbridge::jobs
