#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace hrbridge::jobs {

// Keeps the log readable while something fails again every second: tells whether that is to be
// logged, which is at once and then once a minute. Thread-safe.
class Reminder {
  public:
    // `what` fails again; `now` is monotonic.
    bool is_due(const std::string& what, std::chrono::nanoseconds now) {
        constexpr std::chrono::minutes kBetween{1};
        const std::lock_guard lock(mutex_);
        const auto [told, first] = told_.try_emplace(what, now);
        if (first || now - told->second >= kBetween) {
            told->second = now;
            return true;
        }
        return false;
    }

  private:
    std::mutex mutex_;
    std::map<std::string, std::chrono::nanoseconds> told_;
};

}  // namespace hrbridge::jobs
