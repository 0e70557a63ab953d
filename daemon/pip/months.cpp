#include "daemon/pip/months.h"

#include <chrono>

namespace hrbridge::pip {

base::Date month_of(base::Date day) {
    const std::chrono::year_month_day date(day);
    return date.year() / date.month() / std::chrono::day(1);
}

base::Date add_months(base::Date month, int months) {
    const std::chrono::year_month_day date(month);
    return date.year() / date.month() / std::chrono::day(1) + std::chrono::months(months);
}

int months_between(base::Date from, base::Date to) {
    const std::chrono::year_month_day first(from);
    const std::chrono::year_month_day last(to);
    return static_cast<int>(
        ((last.year() / last.month()) - (first.year() / first.month())).count());
}

base::Date first_open_month(base::Timestamp now, const base::Zone& zone, int settle_delay_days) {
    return month_of(zone.date_of(now) - std::chrono::days(settle_delay_days));
}

}  // namespace hrbridge::pip
