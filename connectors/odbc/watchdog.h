#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace hrbridge::odbc {

// Ends calls that take too long: a thread, begun by the first of them, that looks at the clock.
// One call at a time.
class Watchdog {
  public:
    Watchdog() = default;
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    // `bark` is called in the watchdog's thread when `time` is over before leave().
    void watch(std::chrono::nanoseconds time, std::function<void()> bark);
    // Whether it barked.
    bool leave();

  private:
    void look(const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::optional<std::chrono::steady_clock::time_point> end_;
    std::function<void()> bark_;
    bool barked_ = false;
    std::jthread thread_;
};

}  // namespace hrbridge::odbc
