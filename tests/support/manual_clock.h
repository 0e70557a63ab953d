#pragma once

#include <mutex>
#include <vector>

#include "daemon/base/clock.h"

namespace hrbridge::test {

// A clock that moves by hand. sleep() moves it and returns at once, so that retries and pacing are
// tested without waiting. Thread-safe.
class ManualClock final : public base::Clock {
  public:
    explicit ManualClock(base::Timestamp start = default_start()) : now_(start) {}
    // 2024-05-06 00:00:00Z
    static base::Timestamp default_start() {
        return base::Timestamp(std::chrono::sys_days(std::chrono::year(2024) / 5 / 6));
    }

    base::Timestamp now() const override {
        const std::lock_guard lock(mutex_);
        return now_;
    }
    std::chrono::nanoseconds monotonic() const override {
        const std::lock_guard lock(mutex_);
        return monotonic_;
    }
    bool sleep(std::chrono::nanoseconds duration, const std::stop_token& stop) override {
        if (stop.stop_requested()) {
            return false;
        }
        advance(duration);
        const std::lock_guard lock(mutex_);
        sleeps_.push_back(duration);
        return true;
    }

    void advance(std::chrono::nanoseconds duration) {
        const std::lock_guard lock(mutex_);
        now_ += std::chrono::duration_cast<std::chrono::microseconds>(duration);
        monotonic_ += duration;
    }
    // The wall clock steps; monotonic time does not.
    void step_to(base::Timestamp now) {
        const std::lock_guard lock(mutex_);
        now_ = now;
    }
    std::vector<std::chrono::nanoseconds> sleeps() const {
        const std::lock_guard lock(mutex_);
        return sleeps_;
    }

  private:
    mutable std::mutex mutex_;
    base::Timestamp now_;
    std::chrono::nanoseconds monotonic_{0};
    std::vector<std::chrono::nanoseconds> sleeps_;
};

}  // namespace hrbridge::test
