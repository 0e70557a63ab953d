#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include "daemon/store/sql.h"
#include "daemon/store/store.h"

namespace hrbridge::store {

// One connection for short work that comes again and again: opening one costs SQLite its whole
// schema and, where it was the only one, its log; PostgreSQL starts a process. Thread-safe: one
// caller at a time, the others wait, so work that may wait for long takes a connection of its own.
// While it is kept, SQLite keeps its log beside the file, of at most 16 MiB.
class KeptConnection {
  public:
    // Opens nothing yet. The store outlives it.
    explicit KeptConnection(Store& store) : store_(store) {}

    // What work(connection) gives. A connection that was lost since the last use is replaced
    // before; one of whose use anything was thrown, or that it left in a transaction, is closed,
    // and what it began rolled back. Throws base::StoreError and what the work throws.
    template <typename Work>
    decltype(auto) use(Work&& work) {
        const std::lock_guard lock(mutex_);
        open();
        const Closing closing{*this, std::uncaught_exceptions()};
        return std::forward<Work>(work)(*connection_);
    }

  private:
    struct Closing {
        KeptConnection& kept;
        int thrown_before;
        ~Closing() {
            if (std::uncaught_exceptions() > thrown_before || kept.connection_->in_transaction()) {
                kept.connection_.reset();
            } else {
                kept.connection_->give_back_memory();
            }
        }
    };

    void open();

    Store& store_;
    std::mutex mutex_;
    std::unique_ptr<sql::Connection> connection_;
};

}  // namespace hrbridge::store
