#include "daemon/app/recent_log.h"

#include "daemon/app/logs.h"
#include "daemon/base/text.h"

namespace hrbridge::app {
namespace {

// Longer ones are cut: they would make the memory that all lines take unbounded.
constexpr std::size_t kLongestLine = 1'000;

}  // namespace

void RecentLog::write(base::Level level,
                      std::string_view message,
                      std::span<const base::LogField> fields) {
    log_->write(level, message, fields);
    if (level == base::Level::Debug) {
        return;
    }
    std::string line = base::shorten(log_line(level, message, fields), kLongestLine);
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    if (lines_.size() > most_) {
        lines_.pop_front();
    }
}

std::string RecentLog::text() const {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const std::string& line : lines_) {
        all += line + "\n";
    }
    return all;
}

}  // namespace hrbridge::app
