#include "daemon/store/kept_connection.h"

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include <sqlite3.h>

#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

class KeptConnectionTest : public BothStores {
  protected:
    // Only its own connection sees it.
    static void make_mine(sql::Connection& connection) {
        connection.run_script("CREATE TEMP TABLE mine (n integer)");
    }
    static std::int64_t count(sql::Connection& connection, const std::string& table) {
        const auto rows = connection.query("SELECT count(*) FROM " + table, {});
        rows->next();
        return rows->integer(0);
    }
};

TEST_P(KeptConnectionTest, EveryUseIsOfTheSameConnection) {
    KeptConnection kept(**store_);
    kept.use(make_mine);

    EXPECT_EQ(kept.use([](sql::Connection& connection) { return count(connection, "mine"); }), 0);
}

class KeptOnSqlite : public KeptConnectionTest {};

TEST_P(KeptOnSqlite, KeepsNoPagesOfTheFileBetweenTwoUses) {
    connection_->run_script("CREATE TABLE large (n integer, filler text)");
    connection_->run_script(
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 4000) "
        "INSERT INTO large SELECT n, hex(randomblob(200)) FROM c");
    KeptConnection kept(**store_);
    kept.use([](sql::Connection& connection) { count(connection, "large"); });
    const std::int64_t before = sqlite3_memory_used();

    kept.use([before](sql::Connection& connection) {
        count(connection, "large WHERE filler <> ''");
        EXPECT_GT(sqlite3_memory_used(), before + 1'000'000);
    });

    EXPECT_LT(sqlite3_memory_used(), before + 100'000);
}

INSTANTIATE_TEST_SUITE_P(OnSqlite, KeptOnSqlite, testing::Values("sqlite"), store_name);

TEST_P(KeptConnectionTest, WhatWasThrownEndsTheConnectionAndWhatItBegan) {
    KeptConnection kept(**store_);
    kept.use(make_mine);
    std::string thrown;

    try {
        kept.use([](sql::Connection& connection) {
            connection.begin();
            connection.run_script("CREATE TABLE half (n integer)");
            throw std::logic_error("in the midst");
        });
    } catch (const std::logic_error& error) {
        thrown = error.what();
    }

    EXPECT_EQ(thrown, "in the midst");
    kept.use([](sql::Connection& connection) {
        EXPECT_FALSE(connection.in_transaction());
        EXPECT_THROW(count(connection, "half"), base::StoreError);
    });
    EXPECT_THROW(kept.use([](sql::Connection& connection) { count(connection, "mine"); }),
                 base::StoreError);
}

TEST_P(KeptConnectionTest, ATransactionThatWasLeftOpenIsRolledBack) {
    KeptConnection kept(**store_);
    kept.use([](sql::Connection& connection) {
        connection.begin();
        connection.run_script("CREATE TABLE half (n integer)");
    });

    EXPECT_THROW(kept.use([](sql::Connection& connection) { count(connection, "half"); }),
                 base::StoreError);
}

TEST_P(KeptConnectionTest, ServesOneCallerAtATime) {
    KeptConnection kept(**store_);
    kept.use([](sql::Connection& connection) {
        connection.run_script("CREATE TABLE tally (n integer); INSERT INTO tally VALUES (0)");
    });
    const auto add = [&] {
        for (int i = 0; i < 20; ++i) {
            kept.use([](sql::Connection& connection) {
                connection.begin();
                connection.execute("UPDATE tally SET n = n + 1", {});
                connection.commit();
            });
        }
    };

    {
        const std::jthread first(add);
        const std::jthread second(add);
    }

    EXPECT_EQ(one("SELECT n FROM tally"), base::Value(std::int64_t{40}));
}

INSTANTIATE_TEST_SUITE_P(Stores, KeptConnectionTest, testing::Values("sqlite", "postgres"));

std::int64_t backend_of(sql::Connection& connection) {
    const auto pid = connection.query("SELECT pg_backend_pid()", {});
    pid->next();
    return pid->integer(0);
}

TEST(PostgresKeptConnection, IsReplacedWhenItsServerEndedIt) {
    FreshStore store("postgres");
    KeptConnection kept(*store);
    const std::int64_t backend = kept.use(backend_of);
    store->connect()->query("SELECT pg_terminate_backend($1::int, 5000)", {backend})->next();

    EXPECT_NE(kept.use(backend_of), backend);
}

TEST(PostgresKeptConnection, IsReplacedWhenItsServerIsSilent) {
    FreshStore store("postgres");
    KeptConnection kept(*store);
    const std::int64_t backend = kept.use(backend_of);
    ASSERT_EQ(::kill(static_cast<pid_t>(backend), SIGSTOP), 0);

    const std::int64_t next = kept.use(backend_of);

    ::kill(static_cast<pid_t>(backend), SIGCONT);
    EXPECT_NE(next, backend);
}

TEST(SqliteKeptConnection, IsReplacedWhenAnotherFileTookTheStoresPlace) {
    FreshStore store("sqlite");
    FreshStore restored("sqlite");
    for (FreshStore* each : {&store, &restored}) {
        migrate(*(*each)->connect());
    }
    restored->connect()->run_script("CREATE TABLE newer (n integer)");
    KeptConnection kept(*store);
    kept.use([](sql::Connection& connection) {
        connection.run_script("CREATE TABLE older (n integer)");
    });
    for (const char* beside : {"-wal", "-shm"}) {
        std::filesystem::remove(store.path() + beside);
    }
    std::filesystem::rename(restored.path(), store.path());

    EXPECT_NO_THROW(kept.use([](sql::Connection& connection) {
        connection.query("SELECT count(*) FROM newer", {})->next();
    }));
}

}  // namespace
}  // namespace hrbridge::store
