#include "daemon/app/cleared_source.h"

#include <algorithm>

#include "daemon/app/erasing.h"
#include "daemon/base/error.h"

namespace hrbridge::app {

store::ErasedPeople erased_people(const Services& services) {
    const auto connection = services.store->connect();
    auto erased = store::ErasedPeople::read(*connection, services.keys ? &*services.keys : nullptr);
    const auto unknown = unknown_erasures(services, *connection);
    if (!unknown) {
        throw base::StoreError("erased_people",
                               base::Remedy::Stop,
                               unknown.fault().where + ": " + unknown.fault().what);
    }
    for (const auto& [digest, field] : unknown->numbers) {
        erased.add(digest);
    }
    return erased;
}

store::FactTermState fact_term(const Services& services, const std::string& entity) {
    if (store::find_fact_entity(entity) == nullptr) {
        return {};  // without a connection
    }
    return store::fact_term(*services.store->connect(), entity);
}

std::unique_ptr<connectors::Connector> cleared_source(const Services& services,
                                                      const engine::Mapping& mapping,
                                                      connectors::Connector& real) {
    const auto connection = services.store->connect();
    const auto entities = store::entity_tables(*connection);
    const auto table = std::find_if(entities.begin(), entities.end(), [&](const auto& each) {
        return each.name == mapping.entity;
    });
    if (table == entities.end() || !services.keys) {
        throw base::StoreError(
            "erased_people",
            base::Remedy::Stop,
            services.keys ? "the store has no entity " + mapping.entity
                          : "the configuration has no seal_keys; who was erased is not known");
    }
    return std::make_unique<jobs::WithoutBarred>(
        real,
        jobs::BarredRows::Setting{
            mapping,
            *table,
            std::make_shared<const store::ErasedPeople>(erased_people(services)),
            *services.keys,
            std::chrono::floor<std::chrono::days>(services.clock.now()),
            store::fact_term(*connection, mapping.entity).term});
}

}  // namespace hrbridge::app
