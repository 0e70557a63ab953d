#include <memory>

#include <gtest/gtest.h>

#include "daemon/store/repositories.h"
#include "daemon/store/store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::store {
namespace {

class AuditOn : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        StoreOptions options;
        options.kind = GetParam();
        if (options.kind == "postgres") {
            database_ = test::PostgresServer::instance().create_database();
            options.connection = test::PostgresServer::instance().connection(database_);
        } else {
            options.path = folder_.file("hr.db");
        }
        store_ = open_store(options);
        connection_ = store_->connect();
        migrate(*connection_);
    }
    void TearDown() override {
        connection_.reset();
        store_.reset();
        if (!database_.empty()) {
            test::PostgresServer::instance().drop_database(database_);
        }
    }

    // A row a day.
    void add(int rows) {
        for (int i = 0; i < rows; ++i) {
            clock_.advance(std::chrono::days(1));
            audit().add("hr", "finding.read", std::to_string(i), "", clock_.now());
        }
    }
    AuditRepository audit() { return AuditRepository(*connection_); }
    std::int64_t count() {
        const auto rows = connection_->query("SELECT count(*) FROM audit", {});
        rows->next();
        return rows->integer(0);
    }

    test::TempDir folder_;
    std::string database_;
    test::ManualClock clock_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<sql::Connection> connection_;
};

TEST_P(AuditOn, StaysVerifiableOverSeveralPurges) {
    add(5);
    EXPECT_EQ(audit().purge(clock_.now() - std::chrono::days(2), "service", clock_.now()), 2);
    EXPECT_FALSE(audit().first_broken());
    add(5);
    EXPECT_EQ(audit().purge(clock_.now() - std::chrono::days(1), "service", clock_.now()), 7);
    EXPECT_FALSE(audit().first_broken());
    EXPECT_EQ(count(), 3);
}

TEST_P(AuditOn, KeepsOnlyTheRecordOfThePurgeWhenAllIsOld) {
    add(3);
    clock_.advance(std::chrono::days(1));

    EXPECT_EQ(audit().purge(clock_.now(), "service", clock_.now()), 3);

    EXPECT_EQ(count(), 1);
    EXPECT_FALSE(audit().first_broken());
    add(1);
    EXPECT_FALSE(audit().first_broken());
}

TEST_P(AuditOn, WritesNothingWhenNothingIsOld) {
    add(2);

    EXPECT_EQ(audit().purge(clock_.now() - std::chrono::days(9), "service", clock_.now()), 0);

    EXPECT_EQ(count(), 2);
}

TEST_P(AuditOn, NoticesRowsThatSomebodyElseDeletedFromItsBeginning) {
    add(3);
    connection_->execute("DELETE FROM audit WHERE object = '0'", {});

    EXPECT_TRUE(audit().first_broken());
}

TEST_P(AuditOn, NoticesRowsThatSomebodyDeletedBehindAPurge) {
    add(5);
    audit().purge(clock_.now() - std::chrono::days(2), "service", clock_.now());
    connection_->execute("DELETE FROM audit WHERE object = '2'", {});

    EXPECT_TRUE(audit().first_broken());
}

INSTANTIATE_TEST_SUITE_P(Store, AuditOn, testing::Values("sqlite", "postgres"));

}  // namespace
}  // namespace hrbridge::store
