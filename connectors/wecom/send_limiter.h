#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "connectors/wecom/send_ledger.h"
#include "daemon/base/clock.h"

namespace hrbridge::wecom {

// The platform's limits on messages of one app. It drops what goes beyond without an error, so
// they are held here.
struct SendLimits {
    int member_per_minute = 30;
    int member_per_hour = 1000;
    std::int64_t account_cap = 200;  // the corp's account limit, from the console
    std::int64_t per_account_day = 200;
};

// Counts this process's sends by the monotonic clock, so that a clock that is put forward lets none
// through too early, and all sends of the app by the ledger. The day is the platform's calendar day
// (UTC+8). Thread-safe; `clock` and `ledger` must outlive it.
class SendLimiter {
  public:
    // Without a ledger it forgets with its own end.
    SendLimiter(SendLimits limits, const base::Clock& clock, SendLedger* ledger = nullptr)
        : limits_(limits), clock_(clock), ledger_(ledger) {}

    // 0: go, and the send is counted. Otherwise how long to wait; nothing is counted. Throws what
    // the ledger throws; nothing is counted then either.
    std::chrono::seconds admit(const std::string& member);
    // Uncounts an admitted send that never left this machine.
    void take_back(const std::string& member);

  private:
    std::chrono::seconds member_wait(std::deque<std::chrono::nanoseconds>& sends,
                                     std::chrono::nanoseconds now) const;
    SendBounds bounds(std::int64_t day) const;

    SendLimits limits_;
    const base::Clock& clock_;
    SendLedger* ledger_;
    std::mutex mutex_;
    std::map<std::string, std::deque<std::chrono::nanoseconds>> members_;
    std::int64_t day_ = 0;
    std::int64_t sent_today_ = 0;
};

}  // namespace hrbridge::wecom
