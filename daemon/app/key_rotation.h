#pragma once

#include <stop_token>
#include <vector>

#include "daemon/app/store_commands.h"
#include "daemon/store/key_rotation.h"

namespace hrbridge::app {

// The job "keys". Holds the leases of all modules meanwhile: nothing is promoted or rolled back.
// Throws base::LeaseHeld when somebody works on one or takes one over meanwhile, base::Stopped and
// base::StoreError.
std::vector<store::RotatedColumn> rotate_keys(Services& services, const std::stop_token& stop);

// `key rotate`
Exit run_key(const CommandContext& context);

}  // namespace hrbridge::app
