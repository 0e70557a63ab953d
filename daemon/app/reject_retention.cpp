#include "daemon/app/reject_retention.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "daemon/store/repositories.h"

namespace hrbridge::app {

std::int64_t purge_rejects(store::sql::Connection& connection,
                           const std::vector<engine::Mapping>& mappings,
                           std::int64_t days,
                           base::Timestamp now) {
    store::RejectRepository rejects(connection);
    std::int64_t deleted = 0;
    for (const std::string& name : rejects.closed_mappings()) {
        const auto mapping = std::find_if(
            mappings.begin(), mappings.end(), [&](const auto& each) { return each.name == name; });
        const bool has_own = mapping != mappings.end() && mapping->rejects.keep_days > 0;
        const std::int64_t keep = has_own ? mapping->rejects.keep_days : days;
        deleted += rejects.purge(now - std::chrono::days(keep), name);
    }
    return deleted;
}

}  // namespace hrbridge::app
