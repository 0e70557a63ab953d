#pragma once

#include <optional>

#include "daemon/store/sql.h"

namespace hrbridge::store {

// Takes part in the caller's transaction when there is one, else has its own. commit() ends only
// its own.
class LocalTransaction {
  public:
    explicit LocalTransaction(sql::Connection& connection) {
        if (!connection.in_transaction()) {
            own_.emplace(connection);
        }
    }
    void commit() {
        if (own_) {
            own_->commit();
        }
    }

  private:
    std::optional<sql::Transaction> own_;
};

// For a SELECT whose rows stay locked until the transaction ends; SQLite locks the whole file.
inline const char* for_update(const sql::Connection& connection) {
    return connection.dialect() == sql::Dialect::Postgres ? " FOR UPDATE" : "";
}

// NULL for an absent value.
template <typename T>
base::Value to_value(const std::optional<T>& value) {
    return value ? base::Value{*value} : base::Value{base::Null{}};
}

}  // namespace hrbridge::store
