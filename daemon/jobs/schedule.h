#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/jobs/cron.h"

namespace hrbridge::jobs {

// When a job starts: a cron expression in a time zone, or an interval ("15m") at a fixed rate from
// the last start. Jitter spreads jobs: a part of it that depends only on the job's name, so that
// one job keeps its rhythm. It shifts every cron start and the first start of an interval.
class Schedule {
  public:
    static constexpr std::chrono::minutes kMostClocksDiffer{10};

    // Faults have an empty `where`. `zone` matters for cron expressions only.
    static base::Result<Schedule> parse(std::string_view text,
                                        const base::Zone& zone,
                                        std::chrono::milliseconds jitter,
                                        std::string_view job);

    // The first start later than `after`, which for an interval is the last start.
    base::Timestamp next_after(base::Timestamp after) const;
    // Whether a start can have been planned for then by a clock that differs from `now`'s by at
    // most kMostClocksDiffer. One that was further ahead would keep the job from starting.
    bool is_plausible(base::Timestamp planned, base::Timestamp now) const;
    // The next start for a job that last started at `last_start` (never: nullopt): in the past
    // when a start was missed, so that a missed start is made up once and not once for each.
    base::Timestamp next_start(std::optional<base::Timestamp> last_start,
                               base::Timestamp now) const;

  private:
    struct CronRule {
        Cron cron;
        base::Zone zone;
    };
    using Interval = std::chrono::milliseconds;
    Schedule(std::variant<CronRule, Interval> rule, std::chrono::milliseconds shift)
        : rule_(std::move(rule)), shift_(shift) {}

    std::variant<CronRule, Interval> rule_;
    std::chrono::milliseconds shift_;
};

}  // namespace hrbridge::jobs
