#include <exception>
#include <filesystem>
#include <set>
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

TEST_P(Migration, MakesAnEmptyStoreWholeOrNotAtAll) {
    const auto connection = store_->connect();
    connection->run_script("CREATE TABLE promotion (id integer)");
    EXPECT_THROW(migrate(*connection), base::StoreError);
    EXPECT_EQ(schema_version(*connection), 0) << "as after a kill: it is made from the beginning";

    connection->run_script("DROP TABLE promotion");
    migrate(*connection);
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

// Two files of one number would leave one of them out.
TEST(Migration, HasANumberOfItsOwnForEachFile) {
    std::set<std::string> numbers;
    for (const auto& file : std::filesystem::directory_iterator(
             std::filesystem::path(HRBRIDGE_SOURCE_DIR) / "migration" / "schema")) {
        if (file.path().extension() == ".sql") {
            const std::string number = file.path().filename().string().substr(0, 4);
            EXPECT_TRUE(numbers.insert(number).second) << number;
        }
    }
    EXPECT_EQ(static_cast<int>(numbers.size()), newest_schema_version());
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

TEST_P(Migration, GivesWarningsAlreadyToldTheirCards) {
    const auto connection = store_->connect();
    migrate(*connection, 5);
    const base::Timestamp now{};
    const base::Bytes hash{std::string(16, 'h')};
    connection->execute(
        "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) "
        "VALUES ('P1', 'A', $1, 1, $2)",
        {hash, now});
    connection->execute(
        "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
        "batch_id, known_from) SELECT 'E1', id, 'permanent', $1, $2, 1, $3 FROM person",
        {*base::parse_date("2020-01-01"), hash, now});
    for (const char* month : {"2024-03", "2024-04", "2024-05"}) {
        connection->execute(
            "INSERT INTO finding (rule, rule_version, level, kpi_code, spell_id, period, state, "
            "evidence, inputs_hash, raised_at, updated_at) SELECT 'R1', 1, 'warning', 'defects', "
            "id, $1, $2, '{}', $3, $4, $4 FROM employment_spell",
            {*base::parse_date(std::string(month) + "-01"),
             std::string(month == std::string("2024-04") ? "retracted" : "raised"),
             hash,
             now});
    }
    for (const char* month : {"2024-03", "2024-04"}) {
        connection->execute(
            "INSERT INTO outbox (event_key, kind, receiver, request, state, attempts, created_at, "
            "next_attempt) SELECT 'R1-defects-' || CAST(id AS text) || $1, 'warning_card', 'hr01', "
            "'x', 'sent', 1, $2, $2 FROM employment_spell",
            {std::string("-") + month, now});
    }

    migrate(*connection);

    const auto rows = connection->query("SELECT card, cards FROM finding ORDER BY period", {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->text(0).substr(0, 11), "R1-defects-");
    EXPECT_EQ(rows->text(0).substr(rows->text(0).size() - 8), "-2024-03");
    EXPECT_EQ(rows->integer(1), 1);
    ASSERT_TRUE(rows->next());
    EXPECT_TRUE(rows->is_null(0)) << "retracted";
    EXPECT_EQ(rows->integer(1), 1);
    ASSERT_TRUE(rows->next());
    EXPECT_TRUE(rows->is_null(0)) << "nobody was told";
    EXPECT_EQ(rows->integer(1), 0);
}

TEST_P(Migration, CountsWhatWasSentBeforeIt) {
    const auto connection = store_->connect();
    migrate(*connection, 8);
    const base::Timestamp now{std::chrono::hours(1)};
    connection->execute(
        "INSERT INTO outbox (event_key, kind, receiver, request, state, attempts, created_at, "
        "next_attempt, last_attempt) VALUES ('a', 'operations', 'HR01', 'x', 'sent', 1, $1, $1, "
        "$1), "
        "('b', 'operations', 'hr01', 'x', 'waiting', 0, $1, $1, NULL)",
        {now});

    migrate(*connection);

    const auto rows = connection->query("SELECT receiver, sent_at FROM outbox_send", {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->text(0), "hr01");
    EXPECT_EQ(rows->timestamp(1), now);
    EXPECT_FALSE(rows->next());
}

INSTANTIATE_TEST_SUITE_P(Stores, Migration, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
