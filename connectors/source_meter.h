#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "daemon/base/clock.h"
#include "monitoring/metrics.h"

namespace hrbridge::connectors {

// Rows in the course of time. Who asks for some takes them beforehand, so that several askers
// together stay within the rate, and a pause is no credit for a burst. Thread-safe.
class RowRate {
  public:
    // `rows_per_second` 0: no limit.
    RowRate(base::Clock& clock, std::int64_t rows_per_second)
        : clock_(clock), rate_(rows_per_second) {}

    // How many of `rows` may be asked for at once: what is due in a quarter of a second, of slow
    // rates in a second; at least one.
    std::int64_t at_once(std::int64_t rows) const;
    // Waits until all rows that were taken before are due. Gives the time waited; throws
    // base::Stopped.
    std::chrono::nanoseconds take(std::int64_t rows, const std::stop_token& stop);
    // Rows that were taken and did not come.
    void give_back(std::int64_t rows);
    // Rows that nobody waited for, since they are few: later ones are due later.
    void count(std::int64_t rows);

  private:
    std::chrono::nanoseconds time_of(std::int64_t rows) const;

    base::Clock& clock_;
    const std::int64_t rate_;
    std::mutex mutex_;
    std::chrono::nanoseconds due_{0};  // of the next rows, by the monotonic clock
};

// Holds what a connector asks of its source to the source's guard, all readings and other logins
// together, and measures it. Thread-safe.
class SourceMeter : public std::enable_shared_from_this<SourceMeter> {
  public:
    // All outlive the meter.
    struct Parts {
        base::Clock& clock;
        monitoring::Metrics* metrics = nullptr;  // nullptr: measured for nobody
        // So much later than this side the server may see the end of a session.
        std::chrono::milliseconds linger{0};
    };
    SourceMeter(std::string source, SourceGuard guard, const Parts& parts);
    SourceMeter(const SourceMeter&) = delete;
    SourceMeter& operator=(const SourceMeter&) = delete;
    ~SourceMeter();

    // One of the source's sessions, in the order of asking; given back when the last copy goes.
    // Throws PutOff when none became free within guard.session_wait, and base::Stopped.
    std::shared_ptr<void> session(const std::stop_token& stop);

    std::size_t waiting();  // for a session, now

    std::int64_t rows_at_once(std::int64_t rows) const { return rows_.at_once(rows); }
    // As RowRate; `rows` that are asked for now.
    std::chrono::nanoseconds take_rows(std::int64_t rows, const std::stop_token& stop);
    void give_back_rows(std::int64_t rows) { rows_.give_back(rows); }
    void count_rows(std::int64_t rows) { rows_.count(rows); }
    // From its start until its last row was taken.
    void statement_took(std::chrono::nanoseconds time);

  private:
    struct Gauges;

    std::chrono::nanoseconds claim(const std::stop_token& stop);
    void release();

    const std::string source_;
    const SourceGuard guard_;
    base::Clock& clock_;
    const std::chrono::milliseconds linger_;
    std::unique_ptr<Gauges> gauges_;
    RowRate rows_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<std::chrono::nanoseconds> free_;  // since when each free session is one
    std::list<int> waiting_;                      // who asked, the first one in front
    int most_ = 0;                                // at one time
};

}  // namespace hrbridge::connectors
