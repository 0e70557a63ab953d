#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>

#include "daemon/base/clock.h"
#include "daemon/base/error.h"
#include "monitoring/metrics.h"

namespace hrbridge::jobs {

struct RetryPolicy {
    int attempts = 6;                           // the first one counts
    std::chrono::milliseconds first_wait{500};  // doubles with each failure
    std::chrono::milliseconds longest_wait{60'000};
    std::chrono::milliseconds within{600'000};  // from the first failure in a row
};

// Waits between attempts at an outside system. One object for one piece of work; one thread.
class Retry {
  public:
    // `seed` chooses the jitter: each wait is between half of it and the whole.
    Retry(const RetryPolicy& policy,
          base::Clock& clock,
          monitoring::Metrics& metrics,
          std::string source,
          std::uint64_t seed = std::random_device{}());

    // True when the caller should try again, after the wait; false when it should rethrow: the
    // remedy is Stop or Row, or attempts or time are used up. Throws base::Stopped when `stop` is
    // requested.
    bool wait(const base::SystemError& error, const std::stop_token& stop);
    // Something was achieved: the next failure is a first one.
    void reset() { failures_ = 0; }

    // Calls `work` until it returns; its last error is rethrown.
    template <typename Work>
    auto run(const std::stop_token& stop, Work&& work) {
        while (true) {
            try {
                return work();
            } catch (const base::SystemError& error) {
                if (!wait(error, stop)) {
                    throw;
                }
            }
        }
    }

  private:
    RetryPolicy policy_;
    base::Clock& clock_;
    monitoring::Metrics& metrics_;
    std::string source_;
    std::mt19937_64 random_;
    int failures_ = 0;
    std::chrono::nanoseconds first_failure_{};
};

// The class of an error code, for a metric's label: SQLSTATE "08S01/2013" → "08", others as they
// are ("HTTP 503", "errcode 45009").
std::string error_class(std::string_view code);

}  // namespace hrbridge::jobs
