#include "daemon/app/cleared_source.h"

#include <algorithm>

#include "daemon/base/error.h"

namespace hrbridge::app {

std::shared_ptr<const store::ErasedPeople> erased_people(Services& services) {
    const auto connection = services.store->connect();
    return store::ErasedPeople::read(*connection, services.keys ? &*services.keys : nullptr);
}

std::unique_ptr<connectors::Connector> cleared_source(Services& services,
                                                      const engine::Mapping& mapping,
                                                      connectors::Connector& real) {
    const auto connection = services.store->connect();
    const auto entities = store::entity_tables(*connection);
    const auto table = std::find_if(entities.begin(), entities.end(), [&](const auto& each) {
        return each.name == mapping.entity;
    });
    if (table == entities.end() || !services.keys) {
        throw base::StoreError("entity", base::Remedy::Stop, "no entity " + mapping.entity);
    }
    return std::make_unique<jobs::WithoutErased>(
        real,
        jobs::ErasedRows::Setting{mapping,
                                  *table,
                                  store::ErasedPeople::read(*connection, &*services.keys),
                                  *services.keys,
                                  std::chrono::floor<std::chrono::days>(services.clock.now())});
}

}  // namespace hrbridge::app
