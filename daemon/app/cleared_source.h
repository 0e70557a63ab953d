#pragma once

#include <memory>

#include "daemon/app/services.h"
#include "daemon/jobs/without_erased.h"

namespace hrbridge::app {

// Who was erased from the live store. Throws StoreError.
std::shared_ptr<const store::ErasedPeople> erased_people(Services& services);

// The mapping's source without them, for whoever compares it with a store. `real`, the mapping and
// the services outlive it.
std::unique_ptr<connectors::Connector> cleared_source(Services& services,
                                                      const engine::Mapping& mapping,
                                                      connectors::Connector& real);

}  // namespace hrbridge::app
