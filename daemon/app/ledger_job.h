#pragma once

#include <stop_token>

#include "daemon/app/services.h"

namespace hrbridge::app {

// Verifies the chain, the entries, seals and signatures of the ledger and tells the metrics and the
// log what is wrong. What entries say of the rest of the store is left to `store verify`. Throws
// base::Stopped and StoreError.
void verify_ledger(Services& services, const std::stop_token& stop);

}  // namespace hrbridge::app
