#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "daemon/base/log.h"

namespace hrbridge::app {

// Passes on what it is told and remembers the last lines above debug. Thread-safe.
class RecentLog final : public base::Log {
  public:
    explicit RecentLog(std::unique_ptr<base::Log> log, std::size_t most = 2'000)
        : log_(std::move(log)), most_(most) {}
    void write(base::Level level,
               std::string_view message,
               std::span<const base::LogField> fields) override;
    // The lines, oldest first.
    std::string text() const;

  private:
    std::unique_ptr<base::Log> log_;
    std::size_t most_;
    mutable std::mutex mutex_;
    std::deque<std::string> lines_;
};

}  // namespace hrbridge::app
