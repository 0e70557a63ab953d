#pragma once

#include <memory>

#include "daemon/app/services.h"
#include "daemon/jobs/without_erased.h"

namespace hrbridge::app {

// Who was erased from the live store, or from one of which a backup may be in its place since: as
// the journal beside the backups says too. Throws StoreError.
store::ErasedPeople erased_people(const Services& services);

// The mapping's source without them, for whoever compares it with a store. `real`, the mapping and
// the services outlive it.
std::unique_ptr<connectors::Connector> cleared_source(const Services& services,
                                                      const engine::Mapping& mapping,
                                                      connectors::Connector& real);

}  // namespace hrbridge::app
