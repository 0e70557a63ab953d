#include "daemon/store/replica_store.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "daemon/base/error.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"
#include "tests/support/postgres_server.h"
#include "tests/support/wait_for.h"

namespace hrbridge::store {
namespace {

using namespace std::chrono_literals;

class ReplicaStoreTest : public testing::Test {
  protected:
    ReplicaStoreTest() {
        store_->connect()->run_script("CREATE TABLE kept (n integer)");
        EXPECT_TRUE(comes_to_the_standby());
    }
    ~ReplicaStoreTest() override {
        store_.reset();
        server_.drop_database(database_);
    }

    std::unique_ptr<Store> open(const test::PostgresServer& server, const std::string& database) {
        StoreOptions options;
        options.kind = "postgres";
        options.connection = server.connection(database);
        return open_store(options);
    }
    ReplicaStore::Parts parts(std::unique_ptr<Store> standby) {
        return {*store_, std::move(standby), clock_, log_};
    }
    static bool is_of_standby(sql::Connection& connection) {
        const auto rows =
            connection.query("SELECT CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END", {});
        return rows->next() && rows->integer(0) == 1;
    }
    bool reads_from_standby() { return is_of_standby(*replica_.connect()); }
    bool comes_to_the_standby() {
        return test::wait_for([this] { return reads_from_standby(); });
    }
    static std::int64_t rows_in(sql::Connection& connection) {
        const auto rows = connection.query("SELECT count(*) FROM kept", {});
        return rows->next() ? rows->integer(0) : -1;
    }
    void write() { store_->connect()->run_script("INSERT INTO kept VALUES (1)"); }
    void pause_standby(bool pauses) {
        const auto connection = open(standby_, database_)->connect();
        const auto rows = connection->query(
            pauses ? "SELECT pg_wal_replay_pause()::text" : "SELECT pg_wal_replay_resume()::text",
            {});
        EXPECT_TRUE(rows->next());
    }

    test::PostgresServer& server_ = test::PostgresServer::instance();
    std::string database_ = server_.create_database();
    test::PostgresServer standby_{server_};
    test::ManualClock clock_;
    test::MemoryLog log_;
    std::unique_ptr<Store> store_ = open(server_, database_);
    ReplicaStore replica_{parts(open(standby_, database_))};
};

TEST_F(ReplicaStoreTest, WhatWasChangedHereIsSeenAtOnceAndThenFromTheStandby) {
    pause_standby(true);
    write();
    replica_.changed();

    const auto connection = replica_.connect();
    EXPECT_EQ(rows_in(*connection), 1);
    EXPECT_FALSE(is_of_standby(*connection));

    pause_standby(false);
    EXPECT_TRUE(comes_to_the_standby());
    EXPECT_EQ(rows_in(*replica_.connect()), 1);
}

TEST_F(ReplicaStoreTest, WhatOthersChangedMayBeMissedForTheTimeOfTheLagOnly) {
    pause_standby(true);
    EXPECT_TRUE(reads_from_standby());
    write();

    clock_.advance(4s);
    EXPECT_TRUE(reads_from_standby());
    clock_.advance(4s);
    EXPECT_FALSE(reads_from_standby());

    pause_standby(false);
    EXPECT_TRUE(comes_to_the_standby());
}

TEST_F(ReplicaStoreTest, AStandbyThatIsAwayIsPassedOverAndComesBack) {
    standby_.kill();

    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(reads_from_standby());
    }
    const auto lines = log_.lines();
    EXPECT_EQ(std::count_if(lines.begin(),
                            lines.end(),
                            [](const std::string& line) {
                                return line.find("its replica cannot be used") != std::string::npos;
                            }),
              1);

    standby_.start();
    clock_.advance(11s);
    EXPECT_TRUE(comes_to_the_standby());
}

TEST_F(ReplicaStoreTest, TheStoreAwayIsAFailureWhateverTheStandbyHolds) {
    server_.kill();

    EXPECT_THROW(replica_.connect(), base::StoreError);

    server_.start();
    EXPECT_TRUE(comes_to_the_standby());
}

TEST_F(ReplicaStoreTest, AServerThatFollowsNobodyIsNoReplica) {
    ReplicaStore itself(parts(open(server_, database_)));
    const std::string other = server_.create_database();
    ReplicaStore of_another_database(parts(open(standby_, other)));

    EXPECT_THROW(itself.check(), base::StoreError);
    EXPECT_NO_THROW(replica_.check());
    // Until the standby has followed there is no such database.
    EXPECT_TRUE(test::wait_for([&] {
        try {
            of_another_database.check();
        } catch (const base::StoreError& error) {
            return std::string(error.what()).find("another database") != std::string::npos;
        }
        return false;
    }));
    EXPECT_FALSE(is_of_standby(*of_another_database.connect()));
    server_.drop_database(other);
}

TEST_F(ReplicaStoreTest, AUserWithoutAnyRightsCanTellTheStandby) {
    store_->connect()->run_script("CREATE ROLE plain LOGIN; GRANT ALL ON kept TO plain");
    const auto as_plain = [&](const test::PostgresServer& server) {
        StoreOptions options;
        options.kind = "postgres";
        options.connection = server.connection(database_);
        const std::string user = std::string("user=") + test::PostgresServer::kUser;
        options.connection.replace(options.connection.find(user), user.size(), "user=plain");
        return open_store(options);
    };
    const auto primary = as_plain(server_);
    ReplicaStore replica({*primary, as_plain(standby_), clock_, log_});

    EXPECT_TRUE(test::wait_for([&] {
        clock_.advance(11s);
        return is_of_standby(*replica.connect());
    }));
    store_->connect()->run_script("DROP OWNED BY plain; DROP ROLE plain");
}

}  // namespace
}  // namespace hrbridge::store
