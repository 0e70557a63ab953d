#include <exception>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

// As another process would: its own connection, nothing shared. Gives true when it went well.
bool migrate_in_a_child(Store& store) {
    try {
        const auto connection = store.connect();
        migrate(*connection);
        return schema_version(*connection) == newest_schema_version();
    } catch (const std::exception&) {
        return false;
    }
}

pid_t fork_migration(const StoreOptions& options) {
    const pid_t child = fork();
    if (child == 0) {
        const auto store = open_store(options);
        _exit(migrate_in_a_child(*store) ? 0 : 1);
    }
    return child;
}

class Migration : public testing::TestWithParam<const char*> {
  protected:
    Migration() : store_(GetParam()) {}

    StoreOptions options() const {
        StoreOptions options;
        options.kind = GetParam();
        options.path = store_.path();
        if (!store_.database().empty()) {
            options.connection = test::PostgresServer::instance().connection(store_.database());
        }
        return options;
    }

    FreshStore store_;
};

TEST_P(Migration, BringsAnEmptyStoreToTheNewestVersion) {
    const auto connection = store_->connect();
    const int before = schema_version(*connection);

    migrate(*connection);

    EXPECT_EQ(before, 0);
    EXPECT_GT(newest_schema_version(), 0);
    EXPECT_EQ(schema_version(*connection), newest_schema_version());
}

TEST_P(Migration, HoldsWhenFourProcessesTryAtOnce) {
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
        children.push_back(fork_migration(options()));
    }

    for (const pid_t child : children) {
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    const auto connection = store_->connect();
    const auto rows = connection->query("SELECT count(*) FROM schema_version", {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->integer(0), newest_schema_version());
}

TEST_P(Migration, RefusesAStoreNewerThanTheProgram) {
    const auto connection = store_->connect();
    migrate(*connection);
    connection->execute(
        "INSERT INTO schema_version (version, file, sha256) VALUES ($1, $2, $3)",
        {std::int64_t{newest_schema_version() + 1}, std::string("x"), std::string("y")});

    try {
        migrate(*connection);
        FAIL() << "a newer store was accepted";
    } catch (const base::StoreError& error) {
        EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    }
}

TEST_P(Migration, RefusesAStoreMadeByAnotherFormOfAMigration) {
    const auto connection = store_->connect();
    migrate(*connection);
    connection->execute("UPDATE schema_version SET sha256 = 'other' WHERE version = 1", {});

    EXPECT_THROW(migrate(*connection), base::StoreError);
}

INSTANTIATE_TEST_SUITE_P(Stores, Migration, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
