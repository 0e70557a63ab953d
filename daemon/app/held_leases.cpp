#include "daemon/app/held_leases.h"

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/repositories.h"
#include "migration/rehearsal/rehearser.h"

namespace hrbridge::app {

void HeldLeases::take(const std::string& name) {
    leases_.emplace_back(jobs::LeaseKeeper::Parts{*services_.store, services_.clock, services_.log},
                         name);
}

void HeldLeases::take_modules() {
    if (services_.project) {
        for (const project::Module& module : services_.project->modules) {
            take(rehearsal::lease_name(module.name));
        }
    }
}

void HeldLeases::require(store::sql::Connection& connection) const {
    store::LeaseRepository known(connection);
    for (const jobs::LeaseKeeper& lease : leases_) {
        if (!known.holds(lease.name(), lease.token())) {
            throw base::LeaseHeld(
                fmt::format("'{}' was taken over by another process", lease.name()));
        }
    }
}

}  // namespace hrbridge::app
