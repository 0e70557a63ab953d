#include "connectors/source_meter.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace hrbridge::connectors {
namespace {

using std::chrono::nanoseconds;
using Seconds = std::chrono::duration<double>;

constexpr std::int64_t kPartsOfASecond = 4;
// Pages of fewer rows cost the source more than a burst of so few.
constexpr std::int64_t kFewest = 25;

prometheus::Histogram::BucketBoundaries statement_buckets() {
    return {0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600};
}

}  // namespace

std::int64_t RowRate::at_once(std::int64_t rows) const {
    const std::int64_t due = std::max(rate_ / kPartsOfASecond, std::min(rate_, kFewest));
    return rate_ <= 0 ? rows : std::max<std::int64_t>(1, std::min(rows, due));
}

nanoseconds RowRate::time_of(std::int64_t rows) const {
    return std::chrono::duration_cast<nanoseconds>(
        Seconds(static_cast<double>(rows) / static_cast<double>(rate_)));
}

nanoseconds RowRate::take(std::int64_t rows, const std::stop_token& stop) {
    if (stop.stop_requested()) {
        throw base::Stopped();
    }
    if (rate_ <= 0) {
        return {};
    }
    nanoseconds wait{0};
    {
        const std::lock_guard lock(mutex_);
        const nanoseconds now = clock_.monotonic();
        const nanoseconds start = std::max(now, due_);
        due_ = start + time_of(rows);
        wait = start - now;
    }
    if (wait.count() > 0 && !clock_.sleep(wait, stop)) {
        give_back(rows);
        throw base::Stopped();
    }
    // Who woke late asks late: what follows is not due earlier for it.
    const std::lock_guard lock(mutex_);
    due_ = std::max(due_, clock_.monotonic() + time_of(rows));
    return wait;
}

void RowRate::count(std::int64_t rows) {
    if (rate_ > 0) {
        const std::lock_guard lock(mutex_);
        due_ = std::max(clock_.monotonic(), due_) + time_of(rows);
    }
}

void RowRate::give_back(std::int64_t rows) {
    if (rate_ > 0) {
        const std::lock_guard lock(mutex_);
        due_ -= time_of(rows);
    }
}

// Looked up once: a family's own look-up takes its lock and compares labels.
struct SourceMeter::Gauges {
    Gauges(monitoring::Metrics& metrics, const std::string& source, const SourceGuard& guard)
        : sessions(metrics.source_sessions.Add({{"source", source}})),
          most(metrics.source_sessions_most.Add({{"source", source}})),
          session_wait(metrics.source_wait_seconds.Add({{"source", source}, {"why", "session"}})),
          row_wait(metrics.source_wait_seconds.Add({{"source", source}, {"why", "rows"}})),
          statements(
              metrics.source_statement_seconds.Add({{"source", source}}, statement_buckets())) {
        const auto limit = [&](const char* name, std::int64_t value) {
            if (value > 0) {
                metrics.source_limit.Add({{"source", source}, {"limit", name}})
                    .Set(static_cast<double>(value));
            }
        };
        limit("sessions", guard.sessions);
        limit("rows_per_second", guard.rows_per_second);
        limit("query_seconds", guard.query_seconds);
    }

    prometheus::Gauge& sessions;
    prometheus::Gauge& most;
    prometheus::Counter& session_wait;
    prometheus::Counter& row_wait;
    prometheus::Histogram& statements;
};

SourceMeter::SourceMeter(std::string source, SourceGuard guard, const Parts& parts)
    : source_(std::move(source)),
      guard_(std::move(guard)),
      clock_(parts.clock),
      linger_(parts.linger),
      gauges_(parts.metrics == nullptr ? nullptr
                                       : std::make_unique<Gauges>(*parts.metrics, source_, guard_)),
      rows_(parts.clock, guard_.rows_per_second),
      free_(static_cast<std::size_t>(std::max(1, guard_.sessions))) {}

SourceMeter::~SourceMeter() = default;

// Gives the time from which on the session that was free for longest is one at the server too.
nanoseconds SourceMeter::claim(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const auto me = waiting_.insert(waiting_.end(), 0);
    const bool got = changed_.wait_for(
        lock, stop, guard_.session_wait, [&] { return waiting_.begin() == me && !free_.empty(); });
    waiting_.erase(me);
    changed_.notify_all();
    if (!got) {
        if (stop.stop_requested()) {
            throw base::Stopped();
        }
        throw PutOff(
            fmt::format("{}: all {} sessions that its guard allows were in use for {} s; "
                        "the next run goes on. Let mappings start at other times, or raise "
                        "guard.sessions",
                        source_,
                        std::max(1, guard_.sessions),
                        guard_.session_wait.count() / 1000));
    }
    const auto longest = std::min_element(free_.begin(), free_.end());
    const nanoseconds since = *longest;
    free_.erase(longest);
    const int used = std::max(1, guard_.sessions) - static_cast<int>(free_.size());
    most_ = std::max(most_, used);
    if (gauges_) {
        gauges_->sessions.Increment();
        gauges_->most.Set(most_);
    }
    return since;
}

void SourceMeter::release() {
    const std::lock_guard lock(mutex_);
    free_.push_back(clock_.monotonic() + linger_);
    if (gauges_) {
        gauges_->sessions.Decrement();
    }
    changed_.notify_all();
}

std::shared_ptr<void> SourceMeter::session(const std::stop_token& stop) {
    const nanoseconds asked = clock_.monotonic();
    const nanoseconds since = claim(stop);
    std::shared_ptr<void> mine(this, [self = shared_from_this()](void*) { self->release(); });
    const nanoseconds ahead = since - clock_.monotonic();
    if (ahead.count() > 0 && !clock_.sleep(ahead, stop)) {
        throw base::Stopped();
    }
    if (gauges_) {
        gauges_->session_wait.Increment(Seconds(clock_.monotonic() - asked).count());
    }
    return mine;
}

std::size_t SourceMeter::waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

nanoseconds SourceMeter::take_rows(std::int64_t rows, const std::stop_token& stop) {
    const nanoseconds waited = rows_.take(rows, stop);
    if (gauges_ && waited.count() > 0) {
        gauges_->row_wait.Increment(Seconds(waited).count());
    }
    return waited;
}

void SourceMeter::statement_took(nanoseconds time) {
    if (gauges_) {
        gauges_->statements.Observe(Seconds(time).count());
    }
}

}  // namespace hrbridge::connectors
