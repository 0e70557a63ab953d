#pragma once

#include <chrono>
#include <thread>

#include "daemon/base/log.h"

namespace hrbridge::app {

// So long may a stop take.
inline constexpr std::chrono::seconds kStopWithin{60};

// Ends the process with exit code 1 when this still lives after `limit`. What then runs (a driver
// that hears no stop, a long statement) is cut off like by a crash: its transaction is undone, and
// its work begins anew at the checkpoint.
class StopLimit {
  public:
    StopLimit(base::Log& log, std::chrono::milliseconds limit);

  private:
    std::jthread thread_;
};

}  // namespace hrbridge::app
