#include "daemon/store/kept_connection.h"

#include <stdexcept>

#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

class KeptConnectionTest : public BothStores {
  protected:
    static std::int64_t count(sql::Connection& connection, const std::string& table) {
        const auto rows = connection.query("SELECT count(*) FROM " + table, {});
        rows->next();
        return rows->integer(0);
    }
};

TEST_P(KeptConnectionTest, EveryUseIsOfTheSameConnection) {
    KeptConnection kept(**store_);
    kept.use([](sql::Connection& connection) {
        connection.run_script("CREATE TEMP TABLE mine (n integer)");
    });

    EXPECT_EQ(kept.use([](sql::Connection& connection) { return count(connection, "mine"); }), 0);
}

TEST_P(KeptConnectionTest, WhatWasThrownEndsTheConnectionAndWhatItBegan) {
    KeptConnection kept(**store_);
    const auto broken = [&] {
        kept.use([](sql::Connection& connection) {
            connection.begin();
            connection.run_script("CREATE TABLE half (n integer)");
            throw std::runtime_error("in the midst");
        });
    };

    EXPECT_THROW(broken(), std::runtime_error);

    kept.use([](sql::Connection& connection) {
        EXPECT_FALSE(connection.in_transaction());
        EXPECT_THROW(count(connection, "half"), base::StoreError);
    });
}

INSTANTIATE_TEST_SUITE_P(Stores, KeptConnectionTest, testing::Values("sqlite", "postgres"));

TEST(PostgresKeptConnection, IsReplacedWhenItsServerEndedIt) {
    FreshStore store("postgres");
    KeptConnection kept(*store);
    const auto backend_of = [](sql::Connection& connection) {
        const auto pid = connection.query("SELECT pg_backend_pid()", {});
        pid->next();
        return pid->integer(0);
    };
    const std::int64_t backend = kept.use(backend_of);
    store->connect()->query("SELECT pg_terminate_backend($1::int, 5000)", {backend})->next();

    EXPECT_NE(kept.use(backend_of), backend);
}

}  // namespace
}  // namespace hrbridge::store
