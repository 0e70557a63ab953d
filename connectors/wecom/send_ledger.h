#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/time.h"

namespace hrbridge::wecom {

// At most `most` sends within `span`.
struct SendBound {
    std::int64_t most = 0;
    std::chrono::seconds span{};
};

struct SendBounds {
    std::vector<SendBound> member;
    // Of the whole app, from `day_begin` to `day_end`.
    std::int64_t day_most = 0;
    base::Timestamp day_begin;
    base::Timestamp day_end;
};

// The app's sends where they outlive this process and others see them, so that the platform's
// limits hold over a restart and between daemons. Thread-safe.
class SendLedger {
  public:
    virtual ~SendLedger() = default;
    // 0: within the bounds, and a send to `member` (lower case) at `now` is entered; nobody else
    // enters one between the look and the entry. Otherwise how long to wait; nothing is entered.
    virtual std::chrono::seconds enter(const std::string& member,
                                       base::Timestamp now,
                                       const SendBounds& bounds) = 0;
    // Takes out the last entered send to `member`, which never left this machine.
    virtual void take_back(const std::string& member) = 0;
};

}  // namespace hrbridge::wecom
