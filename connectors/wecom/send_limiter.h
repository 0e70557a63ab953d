#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

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

// Counts sends by the monotonic clock; the day is the platform's calendar day (UTC+8). It does not
// outlive the process. Thread-safe; `clock` must outlive it.
class SendLimiter {
  public:
    SendLimiter(SendLimits limits, const base::Clock& clock) : limits_(limits), clock_(clock) {}

    // 0: go, and the send is counted. Otherwise how long to wait; nothing is counted.
    std::chrono::seconds admit(const std::string& member);
    // Uncounts an admitted send that never left this machine.
    void take_back(const std::string& member);

  private:
    std::chrono::seconds member_wait(std::deque<std::chrono::nanoseconds>& sends,
                                     std::chrono::nanoseconds now) const;

    SendLimits limits_;
    const base::Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, std::deque<std::chrono::nanoseconds>> members_;
    std::int64_t day_ = 0;
    std::int64_t sent_today_ = 0;
};

}  // namespace hrbridge::wecom
