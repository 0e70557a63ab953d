#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "daemon/store/sql.h"
#include "daemon/store/store.h"

namespace hrbridge::store {

// One connection for short work that comes again and again: opening one costs SQLite its whole
// schema and, where it was the only one, its log; PostgreSQL starts a process. Thread-safe: one
// caller at a time, the others wait, so work that may wait for long takes a connection of its own.
class KeptConnection {
  public:
    // Opens nothing yet. The store outlives it.
    explicit KeptConnection(Store& store) : store_(store) {}

    // What work(connection) gives. A connection that was lost since the last use is replaced
    // before; one of whose use anything was thrown is closed, and what it began rolled back.
    // Throws base::StoreError and what the work throws.
    template <typename Work>
    decltype(auto) use(Work&& work) {
        const std::lock_guard lock(mutex_);
        open();
        try {
            return std::forward<Work>(work)(*connection_);
        } catch (...) {
            connection_.reset();
            throw;
        }
    }

  private:
    void open();

    Store& store_;
    std::mutex mutex_;
    std::unique_ptr<sql::Connection> connection_;
};

}  // namespace hrbridge::store
