#pragma once

#include <string>

#include "daemon/store/store.h"

namespace hrbridge::store {

// Another store's tables, for reading, within statements of a connection: the live store's from a
// rehearsal's, or the other way round. Made before the transaction begins. In SQLite the other file
// is attached read-only, so that BEGIN IMMEDIATE keeps no writer of it waiting.
class AttachedStore {
  public:
    // Both are of one kind and, in PostgreSQL, of one database.
    AttachedStore(sql::Connection& connection, const StoreOptions& other);
    ~AttachedStore();
    AttachedStore(const AttachedStore&) = delete;
    AttachedStore& operator=(const AttachedStore&) = delete;

    // Stands before the names of its tables: "other." or "\"rehearsal_core_hr_3\".".
    const std::string& prefix() const { return prefix_; }

  private:
    sql::Connection& connection_;
    std::string prefix_;
    bool attached_ = false;
};

}  // namespace hrbridge::store
