#include "daemon/store/first_load.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/store/cause_codes.h"

namespace hrbridge::store {
namespace {

constexpr int kLarge = 12'000;  // more rows than a load has before it puts something off

// A load of employment spells that all belong to one person.
class FirstLoadOf : public BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        connection_->execute(
            "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) VALUES ('P1', "
            "'one', $1, 1, $2)",
            {base::Bytes{"h"}, clock_.now()});
        plan_ = make_plan(*connection_, "employment_spell", clock_.now());
        plan_.references = {
            {"person_id", "person", "person_no", ReferenceField::Otherwise::Reject, "F02"}};
    }

    // Spells first … last - 1 as one block.
    static void append(BatchWriter& writer, int first, int last) {
        base::Batch batch;
        for (const char* name : {"employee_no", "person_id", "kind"}) {
            batch.columns.emplace_back(name, base::FieldType{base::Kind::Text, 32});
        }
        batch.columns.emplace_back("hire_date", base::FieldType{base::Kind::Date});
        for (int number = first; number < last; ++number) {
            batch.columns[0].append_bytes(fmt::format("E{:06}", number));
            batch.columns[1].append_bytes("P1");
            batch.columns[2].append_bytes("permanent");
            batch.columns[3].append_word(number);
            base::RowHasher hasher;
            hasher.add_int(number);
            batch.hashes.push_back(hasher.finish());
            batch.source_rows.push_back(static_cast<std::uint32_t>(number - first));
        }
        writer.count_read(last - first);
        writer.append(batch, nullptr);
    }
    std::unique_ptr<BatchWriter> writer() {
        return make_batch_writer(*connection_, plan_, nullptr, clock_);
    }
    BatchOutcome commit(BatchWriter& writer, const std::string& position, bool complete) {
        Checkpoint checkpoint = at(plan_, position);
        checkpoint.complete = complete;
        return writer.commit(checkpoint);
    }
    // The first batch of a load so large that something is put off.
    void begin_load() {
        const auto first = writer();
        append(*first, 0, kLarge);
        append(*first, kLarge, kLarge + 10);
        commit(*first, "1", false);
    }

    std::string list(const std::string& sql) {
        std::string all;
        const auto rows = connection_->query(sql, {});
        while (rows->next()) {
            all += rows->text(0) + "; ";
        }
        return all;
    }
    std::string indexes_and_keys() {
        return is_postgres()
                   ? list(
                         "SELECT indexdef::text FROM pg_indexes WHERE tablename = "
                         "'employment_spell' ORDER BY 1") +
                         list(
                             "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid "
                             "= 'employment_spell'::regclass AND contype = 'f' ORDER BY 1")
                   : list(
                         "SELECT name || sql FROM sqlite_master WHERE tbl_name = "
                         "'employment_spell' AND sql IS NOT NULL ORDER BY name");
    }
    std::string parent_of_person_id() {
        for (const EntityColumn& column : find_entity(*connection_, "employment_spell").columns) {
            if (column.name == "person_id") {
                return column.references;
            }
        }
        return "";
    }

    BatchPlan plan_;
};

INSTANTIATE_TEST_SUITE_P(Stores, FirstLoadOf, testing::Values("sqlite", "postgres"), store_name);

TEST_P(FirstLoadOf, ManyRowsPutsIndexesAndForeignKeysOffUntilItsEnd) {
    const std::string before = indexes_and_keys();
    begin_load();
    EXPECT_NE(indexes_and_keys(), before);
    EXPECT_EQ(parent_of_person_id(), "person");

    const auto next = writer();
    append(*next, kLarge + 10, kLarge + 20);
    const BatchOutcome outcome = commit(*next, "2", true);

    EXPECT_EQ(outcome.inserted, 10);
    EXPECT_EQ(indexes_and_keys(), before);
    EXPECT_EQ(count("first_load"), 0);
    EXPECT_EQ(count("employment_spell"), kLarge + 20);
}

TEST_P(FirstLoadOf, FewRowsPutsNothingOff) {
    const std::string before = indexes_and_keys();
    const auto first = writer();
    append(*first, 0, 500);
    commit(*first, "1", false);
    EXPECT_EQ(indexes_and_keys(), before);
}

TEST_P(FirstLoadOf, ManyRowsIsNotForgottenWhenItsBatchIsAbandoned) {
    const std::string before = indexes_and_keys();
    const auto first = writer();
    append(*first, 0, kLarge);
    append(*first, kLarge, kLarge + 10);
    first->abandon();
    EXPECT_EQ(indexes_and_keys(), before);
    append(*first, 0, 10);
    commit(*first, "1", true);
    EXPECT_EQ(indexes_and_keys(), before);
    EXPECT_EQ(count("employment_spell"), 10);
}

TEST_P(FirstLoadOf, ManyRowsEndsWhenAnotherMappingWritesTheEntity) {
    const std::string before = indexes_and_keys();
    begin_load();
    plan_.mapping = "test/another";
    const auto other = writer();
    append(*other, 5, 6);
    EXPECT_EQ(commit(*other, "1", false).unchanged, 1);
    EXPECT_EQ(indexes_and_keys(), before);
    EXPECT_EQ(count("first_load"), 0);
}

TEST_P(FirstLoadOf, ManyRowsRefusesABatchWithAKeyThatIsThereAndTheStagedWayTakesIt) {
    const std::string before = indexes_and_keys();
    begin_load();
    const auto again = writer();
    EXPECT_THROW(
        {
            append(*again, 7, 8);
            append(*again, kLarge + 10, kLarge + 20);
            commit(*again, "2", false);
        },
        DirectLoadRefused);
    EXPECT_EQ(count("employment_spell"), kLarge + 10);

    plan_.may_load_directly = false;
    const auto staged = writer();
    append(*staged, 7, 8);
    append(*staged, kLarge + 10, kLarge + 20);
    const BatchOutcome outcome = commit(*staged, "2", false);
    EXPECT_EQ(outcome.inserted, 10);
    EXPECT_EQ(outcome.unchanged, 1);
    EXPECT_NE(indexes_and_keys(), before);
    append(*staged, kLarge + 20, kLarge + 30);
    EXPECT_EQ(commit(*staged, "3", true).inserted, 10);
    EXPECT_EQ(indexes_and_keys(), before);
}

TEST_P(FirstLoadOf, ManyRowsThatRulesJudgePutsIndexesAndForeignKeysOffToo) {
    const std::string before = indexes_and_keys();
    StagedRule rule;
    rule.id = "L01";
    rule.violation = "SELECT row_no FROM {staging} WHERE employee_no = 'E000003'";
    rule.of_rows = true;
    plan_.rules = {rule};
    begin_load();
    EXPECT_NE(indexes_and_keys(), before);
    EXPECT_EQ(count("employment_spell"), kLarge + 9);

    const auto next = writer();
    append(*next, kLarge, kLarge + 20);
    const BatchOutcome outcome = commit(*next, "2", true);
    EXPECT_EQ(outcome.inserted, 10);
    EXPECT_EQ(outcome.unchanged, 10);
    EXPECT_EQ(indexes_and_keys(), before);
    EXPECT_EQ(count("first_load"), 0);
}

TEST_P(FirstLoadOf, ManyRowsKeepsTheIndexesOfFewRowsByWhichABatchKnowsThatThereAreNone) {
    begin_load();
    EXPECT_THAT(indexes_and_keys(), testing::HasSubstr("employment_spell_source"));
    EXPECT_THAT(indexes_and_keys(), testing::HasSubstr("employment_spell_gone"));
}

// Nothing deletes parents; should somebody do so by hand, the load says it and loses nothing.
// SQLite keeps its foreign keys all the while.
class FirstLoadOnPostgres : public FirstLoadOf {};

INSTANTIATE_TEST_SUITE_P(Stores, FirstLoadOnPostgres, testing::Values("postgres"), store_name);

TEST_P(FirstLoadOnPostgres, LeavesRoomOnPagesUnlessSomebodyHasDecidedThat) {
    const auto options = [this] {
        return list(
            "SELECT array_to_string(reloptions, ',') FROM pg_class WHERE oid = "
            "'employment_spell'::regclass");
    };
    connection_->run_script("ALTER TABLE employment_spell SET (fillfactor = 70)");
    begin_load();
    EXPECT_EQ(options(), "fillfactor=70; ");
    connection_->run_script(
        "DELETE FROM employment_spell; DELETE FROM first_load; "
        "ALTER TABLE employment_spell RESET (fillfactor)");
    begin_load();
    EXPECT_EQ(options(), "fillfactor=90; ");
}

TEST_P(FirstLoadOnPostgres, PutsThePrimaryKeyOffWhereNoOtherTableNeedsIt) {
    const auto constraints = [this](const std::string& entity) {
        std::string all;
        const auto rows = connection_->query(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = "
            "to_regclass($1) ORDER BY 1",
            {entity});
        while (rows->next()) {
            all += rows->text(0) + "; ";
        }
        return all;
    };
    for (const auto& [entity, stays] :
         {std::pair("production_fact", false), std::pair("employment_spell", true)}) {
        const std::string before = constraints(entity);
        FirstLoad load(*connection_, entity, "test/any");
        sql::Transaction transaction(*connection_);
        load.put_off(clock_.now());
        EXPECT_EQ(constraints(entity).find("PRIMARY KEY") != std::string::npos, stays) << entity;
        load.make_again();
        EXPECT_EQ(constraints(entity), before);
    }
}

TEST_P(FirstLoadOnPostgres, LeavesItToOthersToProveForeignKeysThatHoldForLaterRows) {
    plan_.foreign_keys = FirstLoad::Proof::ByOthers;
    begin_load();
    const auto last = writer();
    append(*last, kLarge + 10, kLarge + 20);
    (*store_)->connect()->execute("DELETE FROM person", {});
    commit(*last, "2", true);
    EXPECT_EQ(count("employment_spell"), kLarge + 20);
    EXPECT_EQ(count("first_load"), 0);
    EXPECT_EQ(list("SELECT convalidated::text FROM pg_constraint WHERE conname = "
                   "'employment_spell_person_id_fkey'"),
              "false; ");
    EXPECT_EQ(parent_of_person_id(), "person");
    try {
        connection_->execute("UPDATE employment_spell SET person_id = 4711 WHERE id = 1", {});
        FAIL() << "a new row without its parent was accepted";
    } catch (const base::StoreError& error) {
        EXPECT_EQ(error.code(), "23503");
    }
}

TEST_P(FirstLoadOnPostgres, LeavesThePlannerKnowingHowManyRowsThereAre) {
    begin_load();
    const auto last = writer();
    append(*last, kLarge + 10, kLarge + 20);
    commit(*last, "2", true);
    EXPECT_EQ(list("SELECT CAST(reltuples AS bigint)::text FROM pg_class WHERE oid = "
                   "'employment_spell'::regclass"),
              fmt::format("{}; ", kLarge + 20));
    EXPECT_EQ(list("SELECT attname::text FROM pg_stats WHERE tablename = 'employment_spell' AND "
                   "attname = 'employee_no'"),
              "employee_no; ");
}

TEST_P(FirstLoadOnPostgres, NamesTheForeignKeyThatTheRowsDoNotAllow) {
    begin_load();
    const auto last = writer();
    append(*last, kLarge + 10, kLarge + 20);  // its parent is known from now on
    (*store_)->connect()->execute("DELETE FROM person", {});
    try {
        commit(*last, "2", true);
        FAIL() << "rows without their parent were accepted";
    } catch (const base::StoreError& error) {
        EXPECT_EQ(error.remedy(), base::Remedy::Stop);
        EXPECT_NE(std::string(error.what()).find("employment_spell_person_id_fkey"),
                  std::string::npos)
            << error.what();
    }
    EXPECT_EQ(count("employment_spell"), kLarge + 10);
    EXPECT_GT(count("first_load"), 0);
}

}  // namespace
}  // namespace hrbridge::store
