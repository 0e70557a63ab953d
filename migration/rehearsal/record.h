#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/store/store.h"
#include "migration/ledger/ledger.h"
#include "migration/project/project.h"
#include "migration/rehearsal/rehearser.h"

namespace hrbridge::rehearsal {

// What the live store remembers of a rehearsal. Each call is one transaction, on a connection of
// its own, because a step may take longer than a connection lasts; it checks the lease and holds
// the ledger's entries of what it records.
class Record {
  public:
    Record(store::Store& live,
           const Lease& lease,
           const ledger::KeyRing* keys,
           base::Clock& clock,
           std::string actor)
        : live_(live), lease_(lease), keys_(keys), clock_(clock), actor_(std::move(actor)) {}

    // A new rehearsal with its steps and mappings; gives its number, at least `least`.
    std::int64_t begin(const project::Project& project,
                       const project::Module& module,
                       const std::vector<const engine::Mapping*>& mappings,
                       bool with_parents,
                       std::int64_t least);
    std::int64_t next_number(const std::string& module);
    void step_begins(const Rehearsal& rehearsal, const Step& step);
    // An attempt that did not come to the step's end.
    void step_failed(const Rehearsal& rehearsal, const Step& step);
    // `step` with its rows, rejects and the time of this attempt added.
    void step_done(const Rehearsal& rehearsal, const Step& step);
    // The last step: counts, content root and the ledger's last word of the load.
    void loaded(const Rehearsal& rehearsal, const Step& step);

  private:
    // The transaction under way.
    struct Writing {
        store::sql::Connection& live;
        ledger::Ledger ledger;
    };
    void in_transaction(const std::function<void(Writing&)>& work);
    void append(Writing& writing, const std::string& subject, ledger::Body body);
    // Unless the subject's newest entry of this kind says the same already.
    void append_new(Writing& writing, const std::string& subject, const ledger::Body& body);
    std::int64_t insert_head(store::sql::Connection& live,
                             const project::Project& project,
                             const project::Module& module,
                             const ledger::Digest& mapping_set,
                             std::int64_t number);
    static void write_step(store::sql::Connection& live,
                           const Rehearsal& rehearsal,
                           const Step& step);
    void append_step(Writing& writing, const Rehearsal& rehearsal, const Step& step);

    store::Store& live_;
    const Lease& lease_;
    const ledger::KeyRing* keys_;
    base::Clock& clock_;
    std::string actor_;
};

// SHA-256 over cells (ARCHITECTURE.md, "Row hash 2"): Text "hrbridge mapping set 1", then for each
// mapping in its order Text name, Text hash.
ledger::Digest mapping_set(const std::vector<const engine::Mapping*>& mappings);

}  // namespace hrbridge::rehearsal
