#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/base/time.h"

namespace hrbridge::jobs {

// A cron expression: minute, hour, day of the month, month, day of the week, each `*`, a value, a
// range, a list, and `/step`; months and weekdays also by English name; Sunday is 0 and 7; or one
// of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly. When both day fields are
// restricted a day that meets either one counts, as in every cron; a field that admits all its
// values ("*/1", "0-6") restricts nothing.
class Cron {
  public:
    // The fault's `where` is left empty; an expression that no day ever meets (31 February) is one.
    static base::Result<Cron> parse(std::string_view text);

    // The first start later than `after`. When clocks change, an expression with fixed hours means
    // wall-clock times: one that is skipped starts at the change, one that comes twice starts at
    // its first coming. An expression for every hour is a rate and goes on through the change.
    base::Timestamp next_after(base::Timestamp after, const base::Zone& zone) const;

  private:
    Cron() = default;
    bool matches_day(base::Date date) const;
    std::optional<base::Date> next_day(base::Date first) const;
    std::optional<base::Timestamp> first_of_day(base::Date date,
                                                base::Timestamp after,
                                                const base::Zone& zone) const;
    base::Timestamp next_wall_clock(base::Timestamp after, const base::Zone& zone) const;
    base::Timestamp next_every_hour(base::Timestamp after, const base::Zone& zone) const;

    std::uint64_t minutes_ = 0;  // bit n: value n is admitted
    std::uint64_t hours_ = 0;
    std::uint64_t days_ = 0;
    std::uint64_t months_ = 0;
    std::uint64_t weekdays_ = 0;  // bits 0 (Sunday) to 6
};

}  // namespace hrbridge::jobs
