#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/log.h"

namespace hrbridge::app {

// Passes on what it is told and remembers the last lines above debug, in one block of memory that
// it takes at once: lines in pieces of their own would grow for days, and keep what jobs leave
// around them from being given back. Thread-safe.
class RecentLog final : public base::Log {
  public:
    // `bytes`: those of the lines that are kept, of about 130 each, and of the ends of the lines.
    explicit RecentLog(std::unique_ptr<base::Log> log, std::size_t bytes = 256 * 1024);
    void write(base::Level level,
               std::string_view message,
               std::span<const base::LogField> fields) override;
    // The lines, oldest first.
    std::string text() const;

  private:
    void keep(std::string_view line);
    void drop_oldest_line();
    void append(std::string_view bytes);

    std::unique_ptr<base::Log> log_;
    mutable std::mutex mutex_;
    std::vector<char> ring_;
    std::size_t first_ = 0;  // of the oldest line
    std::size_t used_ = 0;
};

}  // namespace hrbridge::app
