#pragma once

#include "daemon/base/time.h"

// Calendar months, named by their first day.
namespace hrbridge::pip {

base::Date month_of(base::Date day);
base::Date add_months(base::Date month, int months);
// Months from `from` to `to`; negative when `to` is earlier.
int months_between(base::Date from, base::Date to);

// The first month that is not closed at `now`. A month is closed `settle_delay_days` days after
// its last day has ended in the plant's zone, when late bookings have normally arrived.
base::Date first_open_month(base::Timestamp now, const base::Zone& zone, int settle_delay_days);

}  // namespace hrbridge::pip
