#include "migration/project/project.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "migration/project/module_reader.h"

namespace hrbridge::project {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kGood = R"(project: move-2026
modules:
  - module: core_hr
    title: {zh: 核心人事, en: Core HR}
    mappings: [erp/org_unit, erp/person, erp/employment_spell]
    sample: {limit: 0.5%, confidence: 99%}
    balance_tolerance: 0.01
    volume: 5%
    cut_over: 8h
    rollback: 3d
    contracts:
      - {id: C01, entity: person, field: name, longest: 40, null_at_most: 0%}
    control_totals:
      - {id: T01, mapping: erp/person, rows: 500}
      - {id: T02, mapping: erp/employment_spell, field: base_salary, column: fPay, sum: 1234567.89}
    must_check:
      - {id: M01, entity: employment_spell, where: "end_date IS NULL", say: open}
    rules:
      - {id: K01, entity: org_unit, acyclic: code -> parent_id}
      - {id: K02, entity: employment_spell, balance: {of: [count(*)]}}
      - {id: K03, entity: employment_spell, balance: {of: [count(*)], tolerance: 2}}
  - module: attendance
    title: {zh: 考勤, en: Attendance}
    mappings: [att/day]
    cut_over: 4h
)";

engine::Mapping mapping(const std::string& name, const std::string& entity) {
    engine::Mapping out;
    out.name = name;
    out.entity = entity;
    return out;
}

void refer(engine::Mapping& mapping, const std::string& field, const std::string& entity) {
    engine::FieldRule rule;
    rule.target = field;
    rule.ref = engine::Reference{entity, "code"};
    mapping.fields.push_back(rule);
}

std::vector<engine::Mapping> mappings() {
    std::vector<engine::Mapping> all{mapping("erp/org_unit", "org_unit"),
                                     mapping("erp/person", "person"),
                                     mapping("erp/employment_spell", "employment_spell"),
                                     mapping("att/day", "attendance_day"),
                                     mapping("att/more", "attendance_day")};
    all[1].needs = {"erp/org_unit"};
    refer(all[0], "parent_id", "org_unit");
    refer(all[2], "person_id", "person");
    refer(all[3], "spell_id", "employment_spell");
    refer(all[4], "spell_id", "employment_spell");
    all[2].columns.push_back({"fPay", "decimal(12,2)", 12, 2, false, 1});
    return all;
}

std::vector<store::EntityTable> entities() {
    store::StoreOptions options;
    options.path = ":memory:";
    const auto store = store::open_store(options);
    const auto connection = store->connect();
    store::migrate(*connection);
    return store::entity_tables(*connection);
}

std::vector<std::string> told(const base::Faults& faults) {
    std::vector<std::string> out;
    for (const base::Fault& fault : faults) {
        out.push_back(fault.where + " | " + fault.what);
    }
    return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
}

// The faults of kGood with one thing replaced, of reading and, when it can be read, of checking.
std::vector<std::string> faults_with(const std::string& what, const std::string& by) {
    const LoadedProject loaded = parse_project(replaced(kGood, what, by), "migration.yaml");
    return told(loaded.project ? check_project(*loaded.project, mappings(), entities())
                               : loaded.faults);
}

TEST(ProjectFile, IsReadAsItIsWritten) {
    const LoadedProject loaded = parse_project(kGood, "migration.yaml");
    ASSERT_THAT(told(loaded.faults), IsEmpty());
    const Project& project = *loaded.project;
    EXPECT_EQ(project.name, "move-2026");
    EXPECT_EQ(project.hash.size(), 64U);
    ASSERT_EQ(project.modules.size(), 2U);
    const Module& core = project.modules[0];
    EXPECT_EQ(core.title.zh, "核心人事");
    EXPECT_EQ(core.title.en, "Core HR");
    EXPECT_THAT(core.mappings, ElementsAre("erp/org_unit", "erp/person", "erp/employment_spell"));
    EXPECT_EQ(core.limit_ppm, 5'000);
    EXPECT_EQ(core.confidence_ppm, 990'000);
    EXPECT_EQ(core.balance_tolerance, *base::Decimal::parse("0.01"));
    EXPECT_EQ(core.volume_ppm, 50'000);
    EXPECT_EQ(core.cut_over_ms, 8 * 3'600'000);
    EXPECT_EQ(core.rollback_ms, 3 * 86'400'000);
    ASSERT_EQ(core.contracts.size(), 1U);
    EXPECT_EQ(core.contracts[0].longest, 40);
    EXPECT_EQ(core.contracts[0].null_most_ppm, 0);
    ASSERT_EQ(core.control_totals.size(), 2U);
    EXPECT_EQ(core.control_totals[0].form, TotalForm::Rows);
    EXPECT_EQ(core.control_totals[1].form, TotalForm::Sum);
    EXPECT_EQ(core.control_totals[1].value, "1234567.89");
    EXPECT_EQ(core.control_totals[1].field, "base_salary");
    ASSERT_EQ(core.must_check.size(), 1U);
    EXPECT_EQ(core.must_check[0].where, "end_date IS NULL");
    EXPECT_EQ(project.find("attendance"), &project.modules[1]);
    EXPECT_EQ(project.find("pay"), nullptr);
}

TEST(ProjectFile, GivesAllThatAModuleAsksInTheFormInWhichItIsJudged) {
    const LoadedProject loaded = parse_project(kGood, "migration.yaml");
    ASSERT_TRUE(loaded.project);
    std::vector<std::string> ids;
    std::map<std::string, check::RuleSpec> rules;
    for (const check::RuleSpec& rule : rules_of(loaded.project->modules[0], mappings())) {
        ids.push_back(rule.id + " " + rule.entity);
        rules[rule.id] = rule;
    }
    EXPECT_THAT(ids,
                ElementsAre("K01 org_unit",
                            "K02 employment_spell",
                            "K03 employment_spell",
                            "C01 person",
                            "T01 person",
                            "T02 employment_spell",
                            "volume:org_unit org_unit",
                            "volume:person person",
                            "volume:employment_spell employment_spell"));
    EXPECT_EQ(std::get<check::BalanceForm>(rules.at("K02").form).tolerance, base::Decimal(1, 2));
    EXPECT_EQ(std::get<check::BalanceForm>(rules.at("K03").form).tolerance, base::Decimal(2, 0));
    const auto& contract = std::get<check::ContractForm>(rules.at("C01").form);
    EXPECT_EQ(contract.field, "name");
    EXPECT_EQ(contract.longest, 40);
    EXPECT_EQ(contract.null_most_ppm, 0);
    const auto& volume = std::get<check::VolumeForm>(rules.at("volume:person").form);
    EXPECT_EQ(volume.low, base::Decimal(-5, 0));
    EXPECT_EQ(volume.high, base::Decimal(5, 0));
}

TEST(ProjectFile, WithoutAWordOfTheSampleRulesOutOnePercentWithNinetyFive) {
    const LoadedProject loaded = parse_project(kGood, "migration.yaml");
    ASSERT_TRUE(loaded.project);
    EXPECT_EQ(loaded.project->modules[1].limit_ppm, 10'000);
    EXPECT_EQ(loaded.project->modules[1].confidence_ppm, 950'000);
    EXPECT_EQ(loaded.project->modules[1].balance_tolerance, base::Decimal());
}

TEST(ProjectFile, ThatFitsItsMappingsHasNoFault) {
    const LoadedProject loaded = parse_project(kGood, "migration.yaml");
    ASSERT_TRUE(loaded.project);
    EXPECT_THAT(told(check_project(*loaded.project, mappings(), entities())), IsEmpty());
}

TEST(ProjectFile, AnUnknownKeyIsToldWithLineAndNearest) {
    const auto faults = faults_with("cut_over: 8h", "cut_ower: 8h");
    ASSERT_EQ(faults.size(), 2U);  // and the key that is missing now
    EXPECT_THAT(faults[0], HasSubstr("cut_over"));
    EXPECT_THAT(faults[1], HasSubstr("migration.yaml:9"));
    EXPECT_THAT(faults[1], HasSubstr("did you mean"));
}

TEST(ProjectFile, AllFaultsComeAtOnce) {
    std::string text = replaced(kGood, "limit: 0.5%", "limit: 0.5");
    text = replaced(text, "volume: 5%", "volume: 120%");
    text = replaced(text, "balance_tolerance: 0.01", "balance_tolerance: -1");
    text = replaced(text, "rows: 500", "rows: many");
    text = replaced(text, "rollback: 3d", "rollback: soon");
    text = replaced(text, "module: attendance", "module: core_hr");
    EXPECT_EQ(parse_project(text, "migration.yaml").faults.size(), 6U);
}

TEST(ProjectFile, AValueThatIsNoneIsAFault) {
    EXPECT_THAT(faults_with("module: core_hr", "module: Core-HR"), testing::SizeIs(1));
    EXPECT_THAT(faults_with("confidence: 99%", "confidence: 100%"), testing::SizeIs(1));
    EXPECT_THAT(faults_with("en: Core HR}", "}"), testing::SizeIs(1));
    EXPECT_THAT(faults_with("longest: 40, null_at_most: 0%", "codes: []"), testing::SizeIs(1));
    EXPECT_THAT(faults_with("rows: 500", "rows: 500, distinct: 3"), testing::SizeIs(1));
    EXPECT_THAT(faults_with("column: fPay, sum", "sum"), testing::SizeIs(1));
    EXPECT_THAT(faults_with("rows: 500", "column: x, rows: 500"), testing::SizeIs(1));
    EXPECT_THAT(faults_with("rows: 500", "field: name, rows: 500"),
                ElementsAre(HasSubstr("rows are counted, not a field")));
    EXPECT_THAT(faults_with("id: T02", "id: C01"), testing::SizeIs(1));
    EXPECT_THAT(faults_with("[att/day]", "[att/day, att/day]"), testing::SizeIs(1));
    EXPECT_THAT(faults_with("[att/day]", "[]"), testing::SizeIs(1));
}

TEST(ProjectFile, AMappingThatDoesNotExistIsToldWithTheNearest) {
    const auto faults = faults_with("erp/person,", "erp/persson,");
    ASSERT_FALSE(faults.empty());
    EXPECT_THAT(faults[0], HasSubstr("migration.yaml:3"));
    EXPECT_THAT(faults[0], HasSubstr("did you mean 'erp/person'?"));
}

TEST(ProjectFile, AMappingHasOneModule) {
    EXPECT_THAT(faults_with("[att/day]", "[att/day, erp/person]"),
                ElementsAre(HasSubstr("'erp/person' stands in the module 'core_hr' already")));
}

TEST(ProjectFile, AnEntityHasOneModule) {
    const auto faults = faults_with("erp/employment_spell]", "erp/employment_spell, att/more]");
    EXPECT_THAT(faults, ElementsAre(HasSubstr("'att/day' loads attendance_day, which 'att/more'")));
}

TEST(ProjectFile, TwoMappingsOfOneModuleMayLoadOneEntity) {
    EXPECT_THAT(faults_with("[att/day]", "[att/day, att/more]"), IsEmpty());
}

TEST(ProjectFile, AnOrderThatLoadsARowBeforeItsParentIsAFault) {
    EXPECT_THAT(
        faults_with("erp/person, erp/employment_spell]", "erp/employment_spell, erp/person]"),
        ElementsAre(HasSubstr("'erp/employment_spell' refers to person (person_id)")));
    EXPECT_THAT(faults_with("[erp/org_unit, erp/person,", "[erp/person, erp/org_unit,"),
                ElementsAre(HasSubstr("'erp/person' needs 'erp/org_unit', which comes behind it")));
}

TEST(ProjectFile, ARowThatIsHeldMayComeBeforeItsParentWithinAModuleOnly) {
    auto all = mappings();
    all[2].fields[0].otherwise = engine::Otherwise::Hold;
    all[3].fields[0].otherwise = engine::Otherwise::Hold;
    const auto within = parse_project(
        replaced(kGood, "erp/person, erp/employment_spell]", "erp/employment_spell, erp/person]"),
        "migration.yaml");
    EXPECT_THAT(told(check_project(*within.project, all, entities())), IsEmpty());

    std::string text = kGood;
    const std::size_t second = text.find("  - module: attendance");
    const std::string attendance = text.substr(second);
    text = text.substr(0, second);
    text.insert(text.find("  - module: core_hr"), attendance);
    const auto across = parse_project(text, "migration.yaml");
    EXPECT_THAT(told(check_project(*across.project, all, entities())),
                ElementsAre(HasSubstr("change the order of the modules")));
}

TEST(ProjectFile, WhatItSaysOfFieldsColumnsAndRowsMustBeThere) {
    EXPECT_THAT(faults_with("field: name", "field: nam"),
                ElementsAre(HasSubstr("did you mean 'name'?")));
    EXPECT_THAT(faults_with("entity: person,", "entity: attendance_day,"),
                ElementsAre(HasSubstr("the module 'core_hr' loads no entity 'attendance_day'")));
    EXPECT_THAT(faults_with("column: fPay", "column: fPai"),
                ElementsAre(HasSubstr("did you mean 'fPay'?")));
    EXPECT_THAT(faults_with("field: base_salary", "field: base_salry"),
                ElementsAre(HasSubstr("employment_spell has no field 'base_salry'; did you mean "
                                      "'base_salary'?")));
    EXPECT_THAT(faults_with("mapping: erp/person, rows", "mapping: att/day, rows"),
                ElementsAre(HasSubstr("has no mapping 'att/day'")));
    EXPECT_THAT(faults_with("end_date IS NULL", "end_dat IS NULL"),
                ElementsAre(HasSubstr("migration.yaml:17: core_hr.must_check.where")));
}

TEST(ProjectParts, ParentsComeBeforeWhatRefersToThem) {
    const LoadedProject loaded = parse_project(kGood, "migration.yaml");
    ASSERT_TRUE(loaded.project);
    EXPECT_THAT(parents_of(loaded.project->modules[0], mappings(), entities()), IsEmpty());
    EXPECT_THAT(parents_of(loaded.project->modules[1], mappings(), entities()),
                ElementsAre("person", "employment_spell"));
    EXPECT_THAT(entities_of(loaded.project->modules[1], mappings()), ElementsAre("attendance_day"));
}

TEST(Share, IsExact) {
    EXPECT_EQ(parse_share_ppm("1%"), 10'000);
    EXPECT_EQ(parse_share_ppm("0.0001%"), 1);
    EXPECT_EQ(parse_share_ppm("100%"), 1'000'000);
    EXPECT_EQ(parse_share_ppm("0.00001%"), std::nullopt);
    EXPECT_EQ(parse_share_ppm("100.0001%"), std::nullopt);
    EXPECT_EQ(parse_share_ppm("-1%"), std::nullopt);
    EXPECT_EQ(parse_share_ppm("1"), std::nullopt);
    EXPECT_EQ(parse_share_ppm("%"), std::nullopt);
}

TEST(ShippedProject, FitsTheShippedMappings) {
    const std::string folder = std::string(HRBRIDGE_SOURCE_DIR) + "/mappings/";
    const LoadedProject loaded = load_project(folder + "migration.yaml");
    ASSERT_THAT(told(loaded.faults), IsEmpty());
    std::vector<engine::Mapping> shipped;
    for (const Module& module : loaded.project->modules) {
        for (const std::string& name : module.mappings) {
            auto mapping = engine::load_mapping(folder + name + ".map.yaml");
            ASSERT_TRUE(mapping.mapping) << name;
            shipped.push_back(std::move(*mapping.mapping));
        }
    }
    EXPECT_THAT(told(check_project(*loaded.project, shipped, entities())), IsEmpty());
}

}  // namespace
}  // namespace hrbridge::project
