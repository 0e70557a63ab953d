#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/seal.h"
#include "daemon/model/callbacks.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// Callbacks between their receipt and the work on them. Throws StoreError.
class CallbackInbox {
  public:
    explicit CallbackInbox(sql::Connection& connection) : connection_(connection) {}

    // Keeps a callback, in a transaction of its own; false when its key is there already, and then
    // nothing is written. When other writers hold the store for longer than `patience` it throws
    // StoreError(Retry), because the platform waits for an answer.
    bool add(const model::Callback& callback,
             const base::SealKeys& keys,
             std::chrono::milliseconds patience);
    // Not worked on yet, oldest first, with an empty body; those with a greater id than `behind`.
    std::vector<model::Callback> waiting(std::size_t limit, std::int64_t behind = 0);
    // A fault when no key opens it.
    base::Result<std::string> body(const model::Callback& callback, const base::SealKeys& keys);
    // Marks it as worked on; false when another process did so before. In PostgreSQL the row stays
    // locked until the transaction ends, so the work belongs behind it.
    bool finish(std::int64_t id, model::CallbackOutcome outcome, base::Timestamp at);
    // Marks it as one that no present key opens. It goes on waiting, since the key may come back;
    // false when it was marked so before.
    bool set_aside(std::int64_t id);
    // Deletes what was worked on before `before`, and what came before then and opens with no key;
    // gives the number.
    std::int64_t purge(base::Timestamp before);

  private:
    sql::Connection& connection_;
};

}  // namespace hrbridge::store
