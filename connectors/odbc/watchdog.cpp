#include "connectors/odbc/watchdog.h"

#include <utility>

namespace hrbridge::odbc {

void Watchdog::watch(std::chrono::nanoseconds time, std::function<void()> bark) {
    const std::lock_guard lock(mutex_);
    const bool sleeps = end_.has_value();
    end_ = std::chrono::steady_clock::now() + time;
    bark_ = std::move(bark);
    barked_ = false;
    if (!thread_.joinable()) {
        thread_ = std::jthread([this](const std::stop_token& stop) { look(stop); });
    } else if (!sleeps) {
        changed_.notify_all();
    }
}

bool Watchdog::leave() {
    // Behind the lock no bark is under way.
    const std::lock_guard lock(mutex_);
    bark_ = nullptr;
    return barked_;
}

// The time of a call that was left is waited for all the same, unless another one's came: calls are
// many and short, and to wake this thread for each would cost more than they do.
void Watchdog::look(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        if (!end_) {
            changed_.wait(lock, stop, [this] { return end_.has_value(); });
            continue;
        }
        const auto end = *end_;
        if (std::chrono::steady_clock::now() < end) {
            changed_.wait_until(lock, stop, end, [] { return false; });
            continue;
        }
        if (bark_) {
            barked_ = true;
            bark_();
        }
        end_.reset();
    }
}

}  // namespace hrbridge::odbc
