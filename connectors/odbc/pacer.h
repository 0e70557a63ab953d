#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

#include "daemon/base/clock.h"

namespace hrbridge::odbc {

// Holds a reading to so many rows a second, counted from its start. Not thread-safe.
class Pacer {
  public:
    // `rows_per_second` 0: no limit.
    Pacer(base::Clock& clock, std::int64_t rows_per_second)
        : clock_(&clock), rate_(rows_per_second) {}

    void count(std::size_t rows) { rows_ += static_cast<std::int64_t>(rows); }
    // Waits until the counted rows are within the rate; false when `stop` is requested.
    bool wait(const std::stop_token& stop);
    // At most so many rows at once, so that a slow pace is not a burst and a long pause.
    std::size_t most_at_once(std::size_t rows) const;

  private:
    base::Clock* clock_;
    std::int64_t rate_;
    std::int64_t rows_ = 0;
    bool started_ = false;
    std::chrono::nanoseconds start_{0};
};

}  // namespace hrbridge::odbc
