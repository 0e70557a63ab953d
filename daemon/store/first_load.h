#pragma once

#include <string>

#include "daemon/base/clock.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// What the first load of an entity puts off: the indexes beside its key and, in PostgreSQL, its
// foreign keys, which cost more row by row than all else. Their definitions stand in the table
// first_load until they are made again, so that a load which was cut off leaves no trace behind:
// whoever writes the entity next goes on with it, or makes them again first. All in the caller's
// transaction. Not thread-safe; throws base::StoreError.
class FirstLoad {
  public:
    // Whether a foreign key that is made again is proven by the rows that are there (PostgreSQL;
    // SQLite puts none off). Where others prove it, it holds for later rows alone.
    enum class Proof { ByTheStore, ByOthers };

    FirstLoad(sql::Connection& connection, std::string entity, std::string mapping);

    // Whether this mapping's load put something off that is not made again yet.
    bool is_under_way();
    // Takes away what is there to put off; nothing when it was done before. In PostgreSQL the load
    // leaves room on each page for later changes.
    void put_off(base::Timestamp now);
    // Makes all again that any mapping's load has put off. An index or foreign key that the rows do
    // not allow is an error (Stop) that names it, unless others prove it; nothing is lost, the next
    // writer tries again.
    void make_again(Proof of_foreign_keys = Proof::ByTheStore);

  private:
    sql::Connection& connection_;
    const std::string entity_;
    const std::string mapping_;
};

}  // namespace hrbridge::store
