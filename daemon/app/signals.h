#pragma once

#include <atomic>
#include <functional>
#include <stop_token>
#include <thread>

namespace hrbridge::app {

// Turns SIGTERM and SIGINT into a stop request. Make it before any thread starts: the signals are
// blocked in the whole process and taken by a thread of its own.
class StopOnSignal {
  public:
    // `on_reload` is called in that thread for SIGHUP.
    explicit StopOnSignal(std::function<void()> on_reload = {});
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;
    ~StopOnSignal();

    std::stop_token token() const { return stop_.get_token(); }
    // Waits until a stop was requested.
    void wait() const;
    void request_stop() { stop_.request_stop(); }

  private:
    mutable std::stop_source stop_;
    std::function<void()> on_reload_;
    std::jthread thread_;
};

}  // namespace hrbridge::app
