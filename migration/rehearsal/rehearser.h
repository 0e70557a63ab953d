#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/store/store.h"
#include "migration/ledger/key_ring.h"
#include "migration/project/project.h"
#include "migration/rehearsal/loader.h"
#include "migration/rehearsal/rehearsal.h"

namespace hrbridge::rehearsal {

// A lease of the live store that the caller holds: every change to a rehearsal's record checks it.
struct Lease {
    std::string name;
    std::int64_t fencing_token = 0;
};
// One at a time works on the rehearsals of a module.
std::string lease_name(const std::string& module);  // "rehearsal/core_hr"

struct Parts {
    const store::StoreOptions& live;
    const ledger::KeyRing* ledger_keys;  // nullptr: the ledger is not sealed
    base::Clock& clock;
    Loader& loader;
    Lease lease;
    std::string actor;
    std::function<void(const Rehearsal&, const Step&)> begins = {};  // may be empty
    std::function<void(const Rehearsal&, const Step&)> ended = {};
};

struct Report {
    Rehearsal rehearsal;
    bool resumed = false;
    LoadResult result;  // of the step that did not go well, with its mapping; else Done
    std::string mapping;
};

// Loads a module into a store beside the live one, step by step. What is done stands in the live
// store, so that whoever runs the module next goes on where a killed one was. Nothing else of the
// live store is written. Not thread-safe. Throws base::StoreError, and base::LeaseHeld when the
// lease is lost.
class Rehearser {
  public:
    explicit Rehearser(Parts parts) : parts_(std::move(parts)) {}

    // Goes on with the module's newest rehearsal when it is not loaded yet and no mapping has
    // changed since, else, or when `fresh`, begins a new one. `project` has no fault
    // (project::check_project).
    Report run(const project::Project& project,
               const project::Module& module,
               const std::vector<engine::Mapping>& mappings,
               bool fresh,
               const std::stop_token& stop);

  private:
    Parts parts_;
};

// Removes what a rehearsal holds and keeps it in the list as dropped; repeated, it finishes a drop
// that was cut off. False, and nothing is done, for one that is signed or promoted unless `forced`.
// The caller holds the module's lease.
bool drop(const store::StoreOptions& live,
          const Lease& lease,
          const Rehearsal& rehearsal,
          bool forced,
          const std::string& actor,
          base::Timestamp now);

}  // namespace hrbridge::rehearsal
