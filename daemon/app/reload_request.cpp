#include "daemon/app/reload_request.h"

#include <utility>

namespace hrbridge::app {

void ReloadRequest::ask() {
    const std::lock_guard lock(mutex_);
    ++asked_;
}

std::optional<ReloadAnswer> ReloadRequest::ask_and_wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const std::uint64_t mine = ++asked_;
    changed_.wait(lock, stop, [&] { return closed_ || answered_ >= mine; });
    return answered_ >= mine ? std::optional(answer_) : std::nullopt;
}

bool ReloadRequest::take() {
    const std::lock_guard lock(mutex_);
    const bool wanted = asked_ > taken_;
    taken_ = asked_;
    return wanted;
}

void ReloadRequest::answer(ReloadAnswer answer) {
    const std::lock_guard lock(mutex_);
    answered_ = taken_;
    answer_ = std::move(answer);
    changed_.notify_all();
}

void ReloadRequest::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

}  // namespace hrbridge::app
