#include "daemon/app/reject_replay.h"

#include <algorithm>

#include "daemon/store/repositories.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kMostRows = 1'000'000;

}  // namespace

std::optional<jobs::ReplayReport> replay_open_rejects(Services& services,
                                                      const std::string& mapping,
                                                      const std::string& actor,
                                                      const std::stop_token& stop) {
    const engine::Mapping* found = services.find_mapping(mapping);
    if (found == nullptr) {
        return std::nullopt;
    }
    const auto connection = services.store->connect();
    store::RejectFilter filter;
    filter.mapping = mapping;
    filter.limit = kMostRows;
    std::vector<std::int64_t> ids;
    for (const model::RejectedRow& row : store::RejectRepository(*connection).list(filter)) {
        ids.push_back(row.id);
    }
    std::reverse(ids.begin(), ids.end());  // oldest first
    jobs::ReplayReport report = services.make_runner().replay(*found, ids, stop);
    store::AuditRepository(*connection)
        .add(actor,
             "rejects.replay",
             mapping,
             std::to_string(report.released),
             services.clock.now());
    return report;
}

}  // namespace hrbridge::app
