#include "daemon/base/clock.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace hrbridge::base {

Timestamp SystemClock::now() const {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::chrono::nanoseconds SystemClock::monotonic() const {
    return std::chrono::steady_clock::now().time_since_epoch();
}

bool SystemClock::sleep(std::chrono::nanoseconds duration, const std::stop_token& stop) {
    // The library adds the duration to its own clock, which would overflow for "for ever".
    constexpr std::chrono::nanoseconds kLongest = std::chrono::hours(24 * 3650);
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    woken.wait_for(lock, stop, std::min(duration, kLongest), [] { return false; });
    return !stop.stop_requested();
}

}  // namespace hrbridge::base
