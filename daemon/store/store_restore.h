#pragma once

#include <memory>
#include <string>

#include "daemon/store/store_copy.h"

namespace hrbridge::store {

inline constexpr const char* kInUse =
    "somebody has the store open; stop the daemon and every hrbridge command, then restore again";

// What stands where a store is to be restored.
enum class Present { Nothing, NoRows, Rows, Unreadable };
// Creates nothing.
Present what_is_there(const StoreOptions& target);

// A store made of a copy beside the place of the real one: in SQLite the file "hr.db.restoring", in
// PostgreSQL the schema "hrbridge_restoring" of the same database. Nobody knows of it until
// put_in_place(), and it goes with the object. One at a time: a second throws StoreError(Stop).
// What a killed one left is removed by the next.
class RestoredStore {
  public:
    virtual ~RestoredStore() = default;
    // Makes the tables of the copy's schema version and loads its rows. Throws base::StoreError,
    // also when another number of rows was loaded than the copy says.
    virtual void load(const StoreCopy& copy, const std::string& folder, const CopyWork& work) = 0;
    // To look at it and to migrate it on; no connection to it may be open in put_in_place().
    virtual StoreOptions options() const = 0;
    // Makes it the store, in one step. One that is there and has rows is kept under the name that
    // is given back: `mark` is part of it, of a-z, 0-9 and _. Nobody may work with either; throws
    // StoreError(Retry) when somebody does, and nothing has happened then.
    virtual std::string put_in_place(Present there, const std::string& mark) = 0;
};

std::unique_ptr<RestoredStore> begin_restore(const StoreOptions& target);

}  // namespace hrbridge::store
