#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// A login that has begun at another system and comes back with `state`.
struct LoginAttempt {
    std::string state_hash;
    std::string browser_hash;
    std::string peer;
    std::string next_page;
    bool again = false;
    base::Timestamp expires_at;
};

// Logins that have begun and not ended, of all daemons on the store.
class LoginAttempts {
  public:
    explicit LoginAttempts(sql::Connection& connection) : connection_(connection) {}
    struct Limits {
        std::int64_t all = 10'000;
        std::int64_t of_peer = 500;
    };
    // Where there are too many the oldest make room: refusing the newest would let a stranger keep
    // out whoever comes by the same proxy.
    void add(const LoginAttempt& attempt, const Limits& limits, base::Timestamp now);
    // Ends the attempt: it is given once, and only to the browser that began it in time.
    std::optional<LoginAttempt> take(const std::string& state_hash,
                                     const std::string& browser_hash,
                                     base::Timestamp now);

  private:
    sql::Connection& connection_;
};

}  // namespace hrbridge::store
