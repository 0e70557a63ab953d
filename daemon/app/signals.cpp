#include "daemon/app/signals.h"

#include <condition_variable>
#include <csignal>
#include <mutex>

namespace hrbridge::app {
namespace {

sigset_t watched() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

}  // namespace

StopOnSignal::StopOnSignal(std::function<void()> on_reload) : on_reload_(std::move(on_reload)) {
    const sigset_t set = watched();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    thread_ = std::jthread([this, set](const std::stop_token& ending) {
        while (true) {
            const int number = sigwaitinfo(&set, nullptr);
            if (ending.stop_requested()) {
                return;
            }
            if (number == SIGHUP && on_reload_) {
                on_reload_();
            } else if (number == SIGTERM || number == SIGINT) {
                stop_.request_stop();
            }
        }
    });
}

// The signal wakes this one thread, which then finds that it is to end.
StopOnSignal::~StopOnSignal() {
    thread_.request_stop();
    pthread_kill(thread_.native_handle(), SIGHUP);
}

void StopOnSignal::wait() const {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait(lock, stop_.get_token(), [] { return false; });
}

}  // namespace hrbridge::app
