#pragma once

#include <chrono>
#include <stop_token>

#include "daemon/base/time.h"

namespace hrbridge::base {

// The only way to read the time or to wait. Thread-safe.
class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;
    // The wall clock; may step.
    virtual Timestamp now() const = 0;
    // Never steps; for time-outs and rates.
    virtual std::chrono::nanoseconds monotonic() const = 0;
    // Waits; returns false at once when `stop` is requested.
    virtual bool sleep(std::chrono::nanoseconds duration, const std::stop_token& stop) = 0;
};

class SystemClock final : public Clock {
  public:
    Timestamp now() const override;
    std::chrono::nanoseconds monotonic() const override;
    bool sleep(std::chrono::nanoseconds duration, const std::stop_token& stop) override;
};

}  // namespace hrbridge::base
