#include "daemon/app/recent_log.h"

#include <algorithm>
#include <utility>

#include "daemon/app/logs.h"
#include "daemon/base/text.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kLongestLine = 1'000;  // so that one line does not drive out all others
constexpr char kEnd = '\n';

}  // namespace

RecentLog::RecentLog(std::unique_ptr<base::Log> log, std::size_t bytes)
    : log_(std::move(log)), ring_(bytes) {}

void RecentLog::write(base::Level level,
                      std::string_view message,
                      std::span<const base::LogField> fields) {
    log_->write(level, message, fields);
    if (level == base::Level::Debug) {
        return;
    }
    const std::string line = base::shorten(log_line(level, message, fields), kLongestLine);
    const std::lock_guard lock(mutex_);
    keep(line);
}

void RecentLog::keep(std::string_view line) {
    if (line.size() >= ring_.size()) {
        return;
    }
    while (ring_.size() - used_ < line.size() + 1) {
        drop_oldest_line();
    }
    append(line);
    append({&kEnd, 1});
}

void RecentLog::drop_oldest_line() {
    char dropped = 0;
    while (used_ > 0 && dropped != kEnd) {
        dropped = ring_[first_];
        first_ = (first_ + 1) % ring_.size();
        --used_;
    }
}

void RecentLog::append(std::string_view bytes) {
    const std::size_t at = (first_ + used_) % ring_.size();
    const std::size_t before_the_turn = std::min(bytes.size(), ring_.size() - at);
    std::copy_n(bytes.begin(), before_the_turn, ring_.begin() + static_cast<std::ptrdiff_t>(at));
    std::copy(
        bytes.begin() + static_cast<std::ptrdiff_t>(before_the_turn), bytes.end(), ring_.begin());
    used_ += bytes.size();
}

std::string RecentLog::text() const {
    const std::lock_guard lock(mutex_);
    const std::size_t before_the_turn = std::min(used_, ring_.size() - first_);
    std::string all(ring_.data() + first_, before_the_turn);
    all.append(ring_.data(), used_ - before_the_turn);
    return all;
}

}  // namespace hrbridge::app
