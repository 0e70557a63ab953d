#include "daemon/app/reject_replay.h"

#include "daemon/store/repositories.h"

namespace hrbridge::app {
std::optional<jobs::ReplayReport> replay_open_rejects(Services& services,
                                                      const std::string& mapping,
                                                      const std::string& actor,
                                                      const std::stop_token& stop) {
    const engine::Mapping* found = services.find_mapping(mapping);
    if (found == nullptr) {
        return std::nullopt;
    }
    jobs::ReplayReport report = services.make_runner().replay(*found, stop);
    const auto connection = services.store->connect();
    store::AuditRepository(*connection)
        .add(actor,
             "rejects.replay",
             mapping,
             std::to_string(report.released),
             services.clock.now());
    return report;
}

}  // namespace hrbridge::app
