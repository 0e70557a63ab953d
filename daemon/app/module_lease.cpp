#include "daemon/app/module_lease.h"

#include "daemon/app/migrate_output.h"
#include "daemon/base/error.h"
#include "daemon/jobs/lease_keeper.h"

namespace hrbridge::app {

Exit with_module_lease(const CommandContext& context,
                       const std::string& module,
                       const std::function<Exit(const rehearsal::Lease&)>& work) {
    Services& services = context.services;
    try {
        const jobs::LeaseKeeper keeper({*services.store, services.clock, services.log},
                                       rehearsal::lease_name(module));
        return work({keeper.name(), keeper.token()});
    } catch (const base::LeaseHeld& held) {
        context.output.error(
            migrate_text(context, {"busy", {{"module", module}, {"why", held.what()}}}));
        return Exit::Failed;
    }
}

}  // namespace hrbridge::app
