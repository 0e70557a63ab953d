#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/people/person.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/sql.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::people {

struct ErasureParts {
    store::sql::Connection& connection;
    const base::SealKeys& keys;
    const std::vector<engine::Mapping>& mappings;  // that say of whom a refused row is
    // BatchPlan::seal_content; needed where an entity was promoted.
    std::function<void(store::sql::Connection&, const store::SealedContent&)> seal_content;
    // Called within the transaction before anything is written; throws where nothing may be, such
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
    // Called with the digests at the transaction's end, before the commit; throws where they could
    // not be kept elsewhere. May be empty.
    std::function<void(const std::vector<std::pair<std::string, std::string>>& numbers)> noted = {};
};

// Rows by table.
struct ErasureReport {
    std::int64_t id = 0;
    std::map<std::string, std::int64_t> deleted;
    std::map<std::string, std::int64_t> kept;  // that say no more of whom they are
    std::vector<std::string> accounts;         // of the pages, which stay
    std::int64_t unopened = 0;                 // refused rows that no key opens
    std::int64_t unknown = 0;                  // refused rows of mappings that are not there

    std::int64_t rows_deleted() const;
    std::int64_t rows_kept() const;
};

// Erases one person in one transaction, with an entry in the audit: his name, numbers, pay,
// attendance, what was found of him and the messages about it go; facts of work stay without
// anything that says of whom they are. Nothing that a source still has of him comes back
// (store::ErasedPeople). `dry_run` rolls back. The caller holds what obstacles() and the leases of
// all syncs are about. Throws StoreError.
ErasureReport erase(const ErasureParts& parts,
                    const Person& person,
                    const ErasureWish& wish,
                    bool dry_run = false);

}  // namespace hrbridge::people
