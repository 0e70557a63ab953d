#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/base/time.h"
#include "daemon/people/person.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/sql.h"

namespace hrbridge::people {

// Field and digest, as store::erased_digest() makes them.
using Numbers = std::vector<std::pair<std::string, std::string>>;

struct ErasureParts {
    store::sql::Connection& connection;
    const base::SealKeys& keys;
    base::Zone zone;  // of the plant
    // BatchPlan::seal_content; needed where an entity was promoted.
    std::function<void(store::sql::Connection&, const store::SealedContent&)> seal_content;
    // Called within the transaction before anything is deleted; throws where nothing may be, such
    // as when a lease was lost.
    std::function<void(store::sql::Connection&)> still_allowed;
    base::Timestamp now;
};

enum class Cause { Request, Retention, Restore };
const char* to_string(Cause cause);

struct ErasureWish {
    std::string actor;
    Cause cause = Cause::Request;
    std::string reason;
    // Asked once nothing that brings rows is under way; false: he is left. May be empty.
    std::function<bool(const Person&)> still_due = {};
    // Called with each erasure's uid and numbers before the commit; throws where they could not be
    // kept elsewhere. May be empty.
    std::function<void(const std::string& uid, const Numbers&)> noted = {};
    // The same, also of a dry run.
    std::function<void(const std::string& uid, const Numbers&)> seen = {};
};

struct ErasureReport {
    std::vector<std::int64_t> ids;                // of the erasures, one a person
    std::map<std::string, std::int64_t> deleted;  // rows by table
    std::map<std::string, std::int64_t> kept;     // that say no more of whom they are
    std::vector<std::string> accounts;            // of the pages, which stay
    std::int64_t left = 0;  // people on hold or not due any more, of whom nothing was touched
};

// Erases people in one transaction, with an entry each in the audit: name, numbers, pay,
// attendance, what was found of them and the messages about it go; facts of work stay without
// anything that says of whom they are. Readings under way are begun anew (BatchPlan::erased_epoch),
// and nothing that a source still has of them comes back (store::ErasedPeople). What is kept as it
// came is forget_received()'s, afterwards. `dry_run` rolls back. Throws StoreError.
ErasureReport erase(const ErasureParts& parts,
                    const std::vector<std::int64_t>& people,
                    const ErasureWish& wish,
                    bool dry_run = false);

}  // namespace hrbridge::people
