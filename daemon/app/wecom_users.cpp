#include "daemon/app/wecom_users.h"

#include <chrono>

namespace hrbridge::app {

std::vector<std::string> wecom_users(store::Store& store, base::Timestamp from) {
    // A last shift may end on the day after the last day, and days differ by time zone.
    const base::Date day = std::chrono::floor<std::chrono::days>(from) - std::chrono::days(2);
    const auto connection = store.connect();
    const auto rows = connection->query(
        "SELECT DISTINCT p.wecom_userid FROM person p JOIN employment_spell s ON s.person_id = p.id"
        " WHERE p.gone_at IS NULL AND s.gone_at IS NULL AND p.wecom_userid IS NOT NULL AND ("
        "s.end_date IS NULL OR s.end_date >= $1)"
        " ORDER BY p.wecom_userid",
        {day});
    std::vector<std::string> users;
    while (rows->next()) {
        users.push_back(rows->text(0));
    }
    return users;
}

}  // namespace hrbridge::app
