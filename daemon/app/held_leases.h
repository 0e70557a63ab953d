#pragma once

#include <list>
#include <string>

#include "daemon/app/services.h"
#include "daemon/jobs/lease_keeper.h"

namespace hrbridge::app {

// Several leases that are held together.
class HeldLeases {
  public:
    explicit HeldLeases(Services& services) : services_(services) {}
    // Throws base::LeaseHeld.
    void take(const std::string& name);
    // Those of the project's modules: nothing is promoted or rolled back meanwhile.
    void take_modules();
    // The locks on the leases' rows last until the transaction ends. Throws base::LeaseHeld when
    // one was taken over.
    void require(store::sql::Connection& connection) const;

  private:
    Services& services_;
    std::list<jobs::LeaseKeeper> leases_;
};

}  // namespace hrbridge::app
