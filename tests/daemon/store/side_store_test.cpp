#include "daemon/store/side_store.h"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/base/error.h"
#include "daemon/store/first_load.h"
#include "tests/daemon/store/cause_codes.h"

namespace hrbridge::store {
namespace {

using testing::HasSubstr;

const SideName kFirst{"core_hr", 1};
const SideName kSecond{"core_hr", 2};

class SideStore : public OnCauseCodes {
  protected:
    StoreOptions live() const {
        StoreOptions options;
        options.kind = GetParam();
        options.path = store_->path();
        if (is_postgres()) {
            options.connection = test::PostgresServer::instance().connection(store_->database());
        }
        return options;
    }
    std::unique_ptr<sql::Connection> side(const SideName& name) {
        return open_store(side_options(live(), name))->connect();
    }

    static std::int64_t rows_in(sql::Connection& connection, const std::string& table) {
        const auto rows = connection.query("SELECT count(*) FROM " + table, {});
        EXPECT_TRUE(rows->next());
        return rows->integer(0);
    }
    void insert_person(sql::Connection& connection, const std::string& number) {
        connection.execute(
            "INSERT INTO person (person_no, name, id_number, row_hash, batch_id, known_from) "
            "VALUES ($1, '张三', $2, $3, 7, $4)",
            {number, base::Bytes{"sealed " + number}, base::Bytes{"h"}, clock_.now()});
    }
    // A plan for cause codes in the side store, loaded with `rows`.
    BatchOutcome load_into(sql::Connection& connection, const std::vector<Row>& rows) {
        return load(connection, make_plan(connection, "cause_code", clock_.now()), rows, clock_);
    }
};

TEST_P(SideStore, IsAWholeStoreThatMayBeMadeTwice) {
    EXPECT_FALSE(side_is_taken(live(), kFirst));
    create_side(live(), kFirst);
    create_side(live(), kFirst);

    EXPECT_TRUE(side_is_taken(live(), kFirst));
    EXPECT_FALSE(side_is_taken(live(), kSecond));
    const auto connection = side(kFirst);
    EXPECT_EQ(schema_version(*connection), newest_schema_version());
    const auto theirs = entity_tables(*connection);
    const auto ours = entity_tables(*connection_);
    ASSERT_EQ(theirs.size(), ours.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
        EXPECT_EQ(theirs[i].name, ours[i].name);
        EXPECT_EQ(theirs[i].key, ours[i].key);
        EXPECT_EQ(theirs[i].has_history, ours[i].has_history);
        ASSERT_EQ(theirs[i].columns.size(), ours[i].columns.size());
        for (std::size_t c = 0; c < ours[i].columns.size(); ++c) {
            EXPECT_EQ(theirs[i].columns[c].name, ours[i].columns[c].name);
            EXPECT_EQ(theirs[i].columns[c].sealed, ours[i].columns[c].sealed);
            EXPECT_EQ(theirs[i].columns[c].references, ours[i].columns[c].references);
        }
    }
}

TEST_P(SideStore, OfAnEarlierProgramIsUpgradedAndNoneIsMade) {
    EXPECT_FALSE(upgrade_side(live(), kFirst));
    EXPECT_FALSE(side_is_taken(live(), kFirst));
    create_side(live(), kFirst);
    side(kFirst)->run_script(
        "ALTER TABLE reject DROP COLUMN long_row; ALTER TABLE reject_before DROP COLUMN long_row; "
        "DELETE FROM schema_version WHERE version > 28");
    EXPECT_TRUE(upgrade_side(live(), kFirst));
    EXPECT_EQ(schema_version(*side(kFirst)), newest_schema_version());
    EXPECT_TRUE(upgrade_side(live(), kFirst));
}

TEST_P(SideStore, BeforeItIsMadeTheLiveStoreDoesNotShowThroughIt) {
    if (is_postgres()) {
        const auto connection = side(kFirst);
        EXPECT_EQ(schema_version(*connection), 0);
        EXPECT_TRUE(entity_tables(*connection).empty());
        EXPECT_THROW(rows_in(*connection, "person"), base::StoreError);
    }
}

TEST_P(SideStore, RowsBatchesCheckpointsAndRejectsOfOneAreNotInTheOthers) {
    create_side(live(), kFirst);
    create_side(live(), kSecond);
    const auto first = side(kFirst);
    const auto second = side(kSecond);
    load(*connection_, plan_, {{"L1", "live"}}, clock_);

    load_into(*first, {{"A", "a"}, {"B", "b"}});

    EXPECT_EQ(count("cause_code"), 1);
    EXPECT_EQ(rows_in(*first, "cause_code"), 2);
    EXPECT_EQ(rows_in(*second, "cause_code"), 0);
    EXPECT_EQ(rows_in(*first, "run"), 1);
    EXPECT_EQ(rows_in(*second, "run"), 0);
    EXPECT_EQ(rows_in(*second, "batch"), 0);
    EXPECT_EQ(read_checkpoint(*connection_, "test/cause_code")->position, "1");
    EXPECT_EQ(read_checkpoint(*first, "test/cause_code")->position, "2");
    EXPECT_FALSE(read_checkpoint(*second, "test/cause_code"));
}

TEST_P(SideStore, ALeaseInOneIsFreeInTheOthers) {
    create_side(live(), kFirst);
    const auto first = side(kFirst);
    const auto term = std::chrono::seconds(60);
    const auto held = LeaseRepository(*first).acquire("sync/erp/person", "one", clock_.now(), term);
    ASSERT_TRUE(held);
    EXPECT_FALSE(LeaseRepository(*first).acquire("sync/erp/person", "two", clock_.now(), term));
    EXPECT_TRUE(
        LeaseRepository(*connection_).acquire("sync/erp/person", "two", clock_.now(), term));
}

TEST_P(SideStore, AFirstLoadPutsOffAndMakesAgainInItsOwnStoreOnly) {
    create_side(live(), kFirst);
    const auto first = side(kFirst);
    const auto foreign_keys = [&](sql::Connection& connection) {
        std::string all;
        for (const EntityColumn& column : find_entity(connection, "punch").columns) {
            all += column.references + ";";
        }
        return all;
    };
    const auto indexes = [&](const std::string& schema) {
        return is_postgres() ? std::get<std::int64_t>(one(fmt::format(
                                   "SELECT count(*) FROM pg_indexes WHERE tablename = 'punch' AND "
                                   "schemaname = '{}'",
                                   schema)))
                             : 0;
    };
    const std::string side_schema = side_options(live(), kFirst).schema;
    const std::int64_t before = indexes("public");
    ASSERT_EQ(indexes(side_schema), before);
    FirstLoad load(*first, "punch", "test/punch");
    {
        sql::Transaction transaction(*first);
        load.put_off(clock_.now());
        transaction.commit();
    }
    EXPECT_TRUE(load.is_under_way());
    EXPECT_FALSE(FirstLoad(*connection_, "punch", "test/punch").is_under_way());
    EXPECT_EQ(foreign_keys(*first), foreign_keys(*connection_));
    EXPECT_EQ(indexes("public"), before);
    if (is_postgres()) {
        EXPECT_LT(indexes(side_schema), before);
    }
    {
        sql::Transaction transaction(*first);
        load.make_again();
        transaction.commit();
    }
    EXPECT_EQ(indexes(side_schema), before);
    EXPECT_EQ(foreign_keys(*first), foreign_keys(*connection_));
    if (is_postgres()) {
        // The foreign key points to the parent of its own schema.
        EXPECT_EQ(
            std::get<std::string>(one(fmt::format(
                "SELECT string_agg(DISTINCT n.nspname::text, ',') FROM pg_constraint f JOIN "
                "pg_class p ON p.oid = f.confrelid JOIN pg_namespace n ON n.oid = "
                "p.relnamespace WHERE f.contype = 'f' AND f.connamespace = '{}'::regnamespace",
                side_schema))),
            side_schema);
    }
}

TEST_P(SideStore, StatementsOfItsOwnTransactionCopiesAndNewConnectionsStayInIt) {
    create_side(live(), kFirst);
    {
        const auto first = side(kFirst);
        insert_person(*first, "P1");
        sql::Transaction transaction(*first);
        insert_person(*first, "P2");
        transaction.commit();
        first->begin();
        insert_person(*first, "P3");
        first->rollback();
    }
    const auto again = side(kFirst);
    std::vector<std::string> numbers;
    again->scan(
        "SELECT person_no FROM person ORDER BY person_no",
        std::vector<base::FieldType>{{base::Kind::Text, 32}},
        [&](std::span<const sql::ScanCell> cells) { numbers.emplace_back(cells[0].bytes); });
    EXPECT_THAT(numbers, testing::ElementsAre("P1", "P2"));
    EXPECT_EQ(count("person"), 0);
}

TEST_P(SideStore, TakesParentsWithTheirIdsAndSealedBytes) {
    insert_person(*connection_, "P1");
    insert_person(*connection_, "P2");
    connection_->execute("DELETE FROM person WHERE person_no = 'P1'", {});
    insert_person(*connection_, "P3");
    connection_->execute(
        "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
        "batch_id, "
        "known_from) SELECT 'E' || person_no, id, 'permanent', $1, row_hash, 7, known_from FROM "
        "person",
        {base::Date{}});
    create_side(live(), kFirst);

    EXPECT_EQ(copy_entities(live(), kFirst, {"person", "employment_spell"}), 4);
    connection_->execute("DELETE FROM employment_spell WHERE employee_no = 'EP3'", {});
    EXPECT_EQ(copy_entities(live(), kFirst, {"person", "employment_spell"}), 3);

    const auto first = side(kFirst);
    const char* const kAll =
        "SELECT id, person_no, name, id_number, batch_id FROM person ORDER BY id";
    const auto theirs = first->query(kAll, {});
    const auto ours = connection_->query(kAll, {});
    for (int row = 0; row < 2; ++row) {
        ASSERT_TRUE(theirs->next());
        ASSERT_TRUE(ours->next());
        for (int column = 0; column < 5; ++column) {
            EXPECT_EQ(theirs->value(column), ours->value(column)) << column;
        }
    }
    EXPECT_FALSE(theirs->next());
    EXPECT_EQ(rows_in(*first, "employment_spell"), 1);
}

TEST_P(SideStore, TakesParentsWhileTheLiveStoreIsWritten) {
    insert_person(*connection_, "P1");
    create_side(live(), kFirst);
    sql::Transaction writing(*connection_);
    insert_person(*connection_, "P2");
    std::int64_t rows = 0;
    std::thread copier([&] { rows = copy_entities(live(), kFirst, {"person"}); });
    copier.join();  // although the writer holds the live store
    writing.commit();
    EXPECT_EQ(rows, 1);
    EXPECT_EQ(count("person"), 2);
}

TEST_P(SideStore, DroppingOneLeavesTheOthersAsTheyAre) {
    insert_person(*connection_, "P1");
    create_side(live(), kFirst);
    create_side(live(), kSecond);
    insert_person(*side(kFirst), "A1");
    insert_person(*side(kSecond), "B1");

    drop_side(live(), kFirst);
    drop_side(live(), kFirst);

    EXPECT_FALSE(side_is_taken(live(), kFirst));
    EXPECT_EQ(count("person"), 1);
    EXPECT_EQ(rows_in(*side(kSecond), "person"), 1);
    if (!is_postgres()) {
        for (const auto& entry : std::filesystem::directory_iterator(
                 std::filesystem::path(live().path).parent_path())) {
            EXPECT_THAT(entry.path().string(), testing::Not(HasSubstr("core_hr-1")));
        }
    }
}

TEST_P(SideStore, ANameThatCouldMeanAnotherPlaceIsRefused) {
    for (const char* const module : {"", "Core", "a-b", "a/../b", "a\"b", "1a", "_a"}) {
        EXPECT_THROW(side_options(live(), {module, 1}), std::invalid_argument) << module;
    }
    EXPECT_THROW(side_options(live(), {std::string(41, 'a'), 1}), std::invalid_argument);
    EXPECT_THROW(side_options(live(), {"core_hr", 0}), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(Stores, SideStore, testing::Values("sqlite", "postgres"), store_name);

// A user who owns tables but may make no schema.
class SideStoreOfAPlainUser : public testing::Test {
  protected:
    SideStoreOfAPlainUser() : store_("postgres") {
        const auto admin = store_->connect();
        admin->run_script(
            "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'plain') THEN "
            "CREATE ROLE plain LOGIN; END IF; END $$; GRANT ALL ON SCHEMA public TO plain");
        options_.kind = "postgres";
        options_.connection = test::PostgresServer::instance().connection(store_.database());
        const std::string user = std::string("user=") + test::PostgresServer::kUser;
        const std::size_t at = options_.connection.find(user);
        options_.connection.replace(at, user.size(), "user=plain");
    }

    FreshStore store_;
    StoreOptions options_;
};

TEST_F(SideStoreOfAPlainUser, IsToldWhatAnAdministratorCanDo) {
    try {
        create_side(options_, kFirst);
        FAIL() << "a schema was made";
    } catch (const base::StoreError& error) {
        EXPECT_EQ(error.remedy(), base::Remedy::Stop);
        EXPECT_THAT(error.what(), HasSubstr("GRANT CREATE ON DATABASE"));
        EXPECT_THAT(error.what(), HasSubstr("CREATE SCHEMA rehearsal_core_hr_1"));
    }
}

TEST_F(SideStoreOfAPlainUser, TakesASchemaThatAnAdministratorMade) {
    store_->connect()->run_script("CREATE SCHEMA rehearsal_core_hr_1 AUTHORIZATION plain");
    EXPECT_FALSE(side_is_taken(options_, kFirst));
    create_side(options_, kFirst);
    EXPECT_TRUE(side_is_taken(options_, kFirst));
    drop_side(options_, kFirst);
    EXPECT_FALSE(side_is_taken(options_, kFirst));
}

TEST_F(SideStoreOfAPlainUser, DoesNotWriteIntoASchemaOfSomebodyElse) {
    store_->connect()->run_script("CREATE SCHEMA rehearsal_core_hr_1");
    EXPECT_THROW(create_side(options_, kFirst), base::StoreError);
}

}  // namespace
}  // namespace hrbridge::store
