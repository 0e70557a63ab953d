#pragma once

#include <chrono>
#include <string>

#include "daemon/store/sql.h"

namespace hrbridge::store {

// A transaction of somebody who is waited for: what it has to wait for longer than its patience is
// an error (Retry). For a connection of its own, whose patience it changes.
class PatientTransaction {
  public:
    PatientTransaction(sql::Connection& connection, std::chrono::milliseconds patience)
        : transaction_(prepared(connection, patience)) {
        // A limit of a statement is part of the transaction that it limits.
        if (connection.dialect() == sql::Dialect::Postgres) {
            connection.run_script("SET LOCAL statement_timeout = " +
                                  std::to_string(patience.count()));
        }
    }
    void commit() { transaction_.commit(); }

  private:
    // SQLite waits for the write lock when the transaction begins.
    static sql::Connection& prepared(sql::Connection& connection,
                                     std::chrono::milliseconds patience) {
        if (connection.dialect() == sql::Dialect::Sqlite) {
            connection.run_script("PRAGMA busy_timeout = " + std::to_string(patience.count()));
        }
        return connection;
    }

    sql::Transaction transaction_;
};

}  // namespace hrbridge::store
