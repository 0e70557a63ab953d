#pragma once

#include <memory>
#include <string>

#include "daemon/app/services.h"
#include "daemon/jobs/without_barred.h"

namespace hrbridge::app {

// Who was erased from the live store, or from one of which a backup may be in its place since: as
// the journal beside the backups says too. Throws StoreError.
store::ErasedPeople erased_people(const Services& services);

// From which day on the live store keeps the entity's rows. Throws StoreError.
store::FactTermState fact_term(const Services& services, const std::string& entity);

// The mapping's source without what must not come into the store, for whoever compares it with a
// store. `real`, the mapping and the services outlive it.
std::unique_ptr<connectors::Connector> cleared_source(const Services& services,
                                                      const engine::Mapping& mapping,
                                                      connectors::Connector& real);

}  // namespace hrbridge::app
