#include "daemon/jobs/plan.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/jobs/sync_report.h"
#include "tests/daemon/jobs/support/sync_bench.h"
#include "tests/daemon/jobs/support/test_store.h"

namespace hrbridge::jobs {
namespace {

using testing::HasSubstr;

constexpr auto kSqlite = store::sql::Dialect::Sqlite;

class PlanTest : public testing::Test {
  protected:
    // The faults of the units' mapping with a piece replaced.
    std::string faults(const std::string& from, const std::string& to) {
        return to_text(check_against_store(test::SyncBench::changed(from, to), entities_, kSqlite));
    }

    test::TestStore store_{"sqlite"};
    std::vector<store::EntityTable> entities_ = store::entity_tables(*store_.connect());
};

TEST_F(PlanTest, FittingMappingHasNoFault) {
    EXPECT_EQ(to_text(check_against_store(test::SyncBench::load(test::kUnits), entities_, kSqlite)),
              "");
}

TEST_F(PlanTest, EveryShippedMappingFitsTheStore) {
    int mappings = 0;
    const std::filesystem::path root = std::filesystem::path(HRBRIDGE_SOURCE_DIR) / "mappings";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (entry.path().string().ends_with(".map.yaml")) {
            const auto loaded = engine::load_mapping(entry.path().string());
            ASSERT_TRUE(loaded.mapping) << to_text(loaded.faults);
            EXPECT_EQ(to_text(check_against_store(*loaded.mapping, entities_, kSqlite)), "");
            ++mappings;
        }
    }
    EXPECT_GE(mappings, 10);
}

TEST_F(PlanTest, SealedFieldMustSayThatItIsPersonal) {
    const std::string file =
        std::string(HRBRIDGE_SOURCE_DIR) + "/mappings/erp/employment_spell.map.yaml";
    auto loaded = engine::load_mapping(file);
    ASSERT_TRUE(loaded.mapping);
    for (engine::FieldRule& field : loaded.mapping->fields) {
        field.pii.clear();
    }
    EXPECT_THAT(to_text(check_against_store(*loaded.mapping, entities_, kSqlite)),
                HasSubstr(":38: fields.base_salary: the store seals this column"));
}

TEST_F(PlanTest, FieldOfASourceColumnThatIsSealedElsewhereMustSaySoToo) {
    const std::string file = std::string(HRBRIDGE_SOURCE_DIR) + "/mappings/erp/person.map.yaml";
    auto loaded = engine::load_mapping(file);
    ASSERT_TRUE(loaded.mapping);
    for (engine::FieldRule& field : loaded.mapping->fields) {
        if (field.target == "id_birth_date") {
            field.pii.clear();
        }
    }
    EXPECT_THAT(to_text(check_against_store(*loaded.mapping, entities_, kSqlite)),
                HasSubstr("fields.id_birth_date: the store seals id_number"));
}

TEST_F(PlanTest, UnknownEntityNamesTheNearest) {
    EXPECT_THAT(faults("entity: org_unit", "entity: org_units"), HasSubstr("org_unit"));
}

TEST_F(PlanTest, UnknownFieldNamesTheNearestAndTheLine) {
    const std::string text = faults("  name:      {", "  nmae:      {");
    EXPECT_THAT(text, HasSubstr("unit.map.yaml:24: fields.nmae"));
    EXPECT_THAT(text, HasSubstr("nearest: name"));
    EXPECT_THAT(text, HasSubstr("org_unit.name needs a value"));
}

TEST_F(PlanTest, TextThatIsTooLongForTheStoreIsRefused) {
    EXPECT_THAT(faults("type: text(80)", "type: text(81)"), HasSubstr("text(80)"));
    EXPECT_THAT(faults("type: text(80)", "type: text"), HasSubstr("text(80)"));
}

TEST_F(PlanTest, CodesAreAsLongAsTheLongestOfThem) {
    EXPECT_EQ(faults("type: text(16), one_of: [team, plant]", "type: code, one_of: [team, plant]"),
              "");
    EXPECT_THAT(
        faults("type: text(16), one_of: [team, plant]", "type: code, one_of: [abcdefghijklmnopq]"),
        HasSubstr("text(16)"));
}

TEST_F(PlanTest, AnotherKindIsRefused) {
    EXPECT_THAT(faults("do: [trim], type: text(80)", "type: int"), HasSubstr("not int"));
}

TEST_F(PlanTest, ValueThatMayBeMissingIsRefusedWhereTheStoreDemandsOne) {
    EXPECT_THAT(faults("type: text(80)", "type: text(80), opt: true"), HasSubstr("opt: true"));
}

TEST_F(PlanTest, ReferenceMustPointToTheStoresParent) {
    EXPECT_THAT(faults("ref: org_unit.code", "ref: person.person_no"),
                HasSubstr("points to org_unit"));
    EXPECT_THAT(faults("ref: org_unit.code", "ref: org_unit.name"),
                HasSubstr("not the key of org_unit"));
}

TEST_F(PlanTest, ReferenceMayBeNoLongerThanItsParentsKey) {
    const std::string kReference = "ref: org_unit.code, type: text(32)";
    EXPECT_EQ(faults(kReference, "ref: org_unit.code, type: text(20)"), "");
    for (const char* type : {"text(33)", "text", "int"}) {
        EXPECT_THAT(faults(kReference, std::string("ref: org_unit.code, type: ") + type),
                    HasSubstr("the key of org_unit is text(32): write type: text(32)"))
            << type;
    }
}

TEST_F(PlanTest, KeyMustBeTheStoresKey) {
    EXPECT_THAT(faults("key: [code]\n  write", "key: [name]\n  write"), HasSubstr("[code]"));
}

TEST_F(PlanTest, HistoryNeedsAHistoryTable) {
    EXPECT_EQ(faults("write: upsert", "write: history"), "");
    for (store::EntityTable& table : entities_) {
        table.has_history = false;
    }
    EXPECT_THAT(faults("write: upsert", "write: history"), HasSubstr("keeps no history"));
}

TEST_F(PlanTest, RuleOnAnUnknownParentIsRefused) {
    EXPECT_THAT(
        faults("fields:", "logic:\n  - {id: L01, exists: code -> org_unit.cod, say: no}\nfields:"),
        HasSubstr("the store has no org_unit.cod"));
}

TEST_F(PlanTest, DecimalThatSqliteCannotDecideOnExactlyIsRefusedThereAndFitsPostgres) {
    const auto mapping = test::SyncBench::changed(
        "fields:\n",
        "logic:\n  - {id: L01, row: 'big <= 5'}\nfields:\n"
        "  big: {from: name, type: 'decimal(20,2)', store: false, opt: true, id: F05}\n");

    EXPECT_THAT(to_text(check_against_store(mapping, entities_, kSqlite)),
                HasSubstr("logic.L01: a decimal here may need 20 digits and an SQLite store "
                          "decides on at most 18"));
    EXPECT_EQ(to_text(check_against_store(mapping, entities_, store::sql::Dialect::Postgres)), "");
}

TEST_F(PlanTest, RowRulesRunBeforeThoseThatLookAtOtherRows) {
    const auto mapping = test::SyncBench::changed("target:",
                                                  "logic:\n"
                                                  "  - {id: L01, unique: [kind]}\n"
                                                  "  - {id: L02, exists: code -> org_unit.code}\n"
                                                  "  - {id: L03, row: 'length(name) > 1'}\n"
                                                  "  - {id: L04, row: 'length(name) > 2'}\n"
                                                  "target:");
    std::string order;
    for (const store::StagedRule& rule : make_plan(mapping, entities_, kSqlite).rules) {
        order += rule.id + " ";
    }
    EXPECT_EQ(order, "L03 L04 L01 L02 ");
}

TEST_F(PlanTest, PlanSaysWhatTheStoreHasToDo) {
    const store::BatchPlan plan = make_plan(
        test::SyncBench::changed(
            "fields:",
            "logic:\n"
            "  - {id: L01, row: \"kind <> 'x'\", else: hold, say: no}\n"
            "  - {id: L02, row: \"kind <> 'y'\", severity: flag, say: no}\n"
            "fields:\n"
            "  other:     {from: name, do: [trim], type: text(80), store: false, id: F09}"),
        entities_,
        store::sql::Dialect::Sqlite);
    EXPECT_EQ(plan.table.name, "org_unit");
    EXPECT_EQ(plan.source_key, std::vector<std::string>{"code"});
    EXPECT_EQ(plan.unstored, std::vector<std::string>{"other"});
    ASSERT_EQ(plan.references.size(), 1U);
    EXPECT_EQ(plan.references[0].key_column, "code");
    EXPECT_EQ(plan.references[0].otherwise, store::ReferenceField::Otherwise::Hold);
    ASSERT_EQ(plan.rules.size(), 2U);
    EXPECT_EQ(plan.rules[0].kind, store::RejectClass::Hold);
    EXPECT_FALSE(plan.rules[0].flag_only);
    EXPECT_TRUE(plan.rules[1].flag_only);
    EXPECT_THAT(plan.rules[0].violation, HasSubstr("{staging}"));
}

}  // namespace
}  // namespace hrbridge::jobs
