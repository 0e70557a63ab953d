#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// When messages left for the platform, by receiver (lower case). Throws StoreError.
class SendLog {
  public:
    explicit SendLog(sql::Connection& connection) : connection_(connection) {}

    // Keeps other writers of the log out until the transaction ends, in which it must be called.
    void lock();
    void add(const std::string& receiver, base::Timestamp at);
    // Takes out the newest of the receiver.
    void remove_newest(const std::string& receiver);
    // The time of the receiver's `n`-th newest entry, 1 being the newest; nullopt when there are
    // fewer behind `since`.
    std::optional<base::Timestamp> nth_newest(const std::string& receiver,
                                              std::int64_t n,
                                              base::Timestamp since);
    // Of all receivers, from `since` on.
    std::int64_t count_since(base::Timestamp since);
    void purge(base::Timestamp before);

  private:
    sql::Connection& connection_;
};

}  // namespace hrbridge::store
