#include "tests/migration/check/check_bench.h"

namespace hrbridge::check {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class LogicRules : public CheckBench {};
INSTANTIATE_TEST_SUITE_P(All, LogicRules, testing::Values("sqlite", "postgres"), store::store_name);

TEST_P(LogicRules, ListTheFirstRowsThatBreakAPredicateAndCountThemAll) {
    for (int i = 9; i >= 1; --i) {
        spell("E" + std::to_string(i), {{"end_date", day(i % 2 == 0 ? 5 : -5)}});
    }
    gone("employment_spell",
         std::get<std::int64_t>(one("SELECT id FROM employment_spell WHERE employee_no = 'E1'")));
    examples_ = 2;
    mappings_ = {shipped("erp/employment_spell")};
    const Verdict verdict = logic(
        "entity: employment_spell, row: 'end_date IS NULL OR end_date >= hire_date', say: 早于");

    EXPECT_EQ(verdict.outcome, Outcome::Fail);
    EXPECT_EQ(verdict.check, "logic");
    EXPECT_EQ(verdict.subject, "core_hr");
    EXPECT_EQ(verdict.say, "早于");
    EXPECT_EQ(verdict.examined, 8);
    EXPECT_EQ(verdict.failed, 4);
    EXPECT_THAT(keys_of(verdict), ElementsAre("E3", "E5"));
    EXPECT_EQ(verdict.where[0].entity, "employment_spell");
    EXPECT_EQ(verdict.where[0].field, "end_date");
    EXPECT_EQ(verdict.where[0].value, base::to_string(day(-5)));
    EXPECT_EQ(verdict.next.code, "next_rows");
}

TEST_P(LogicRules, MaskWhatIsPersonalAndAllOfAnEntityThatNoMappingSpeaksOf) {
    person("P1", "张三丰", {{"gender", "male"}, {"birth_date", day(7)}});
    const auto value_of = [this](const std::string& predicate) {
        return *logic("entity: person, row: " + predicate).where.at(0).value;
    };
    EXPECT_EQ(value_of("name = 'x'"), "张*丰");
    EXPECT_EQ(value_of("gender = 'x'"), "m**e");
    EXPECT_EQ(value_of("birth_date = DATE '2001-01-01'"), "2********6");
    mappings_ = {shipped("erp/person")};
    EXPECT_EQ(value_of("name = 'x'"), "张*丰");
    EXPECT_EQ(value_of("gender = 'x'"), "male");
    EXPECT_EQ(value_of("birth_date = DATE '2001-01-01'"), "2********6");
}

TEST_P(LogicRules, LetAPredicateThatIsNullPassUnlessTheRuleSaysOtherwise) {
    spell("E1");
    EXPECT_EQ(logic("entity: employment_spell, row: 'end_date > hire_date'").outcome,
              Outcome::Pass);
    EXPECT_EQ(logic("entity: employment_spell, row: 'end_date > hire_date', 'null': fail").failed,
              1);
}

TEST_P(LogicRules, NameEveryRowOfAValueThatComesMoreThanOnce) {
    person("P1", "甲", {{"wecom_userid", "a"}});
    person("P2", "乙", {{"wecom_userid", "b"}});
    person("P3", "丙", {{"wecom_userid", "a"}});
    person("P4", "丁");
    person("P5", "戊");
    EXPECT_THAT(keys_of(logic("entity: person, unique: [wecom_userid]")), ElementsAre("P1", "P3"));
    EXPECT_EQ(logic("entity: person, unique: [wecom_userid], where: person_no <> 'P3'").outcome,
              Outcome::Pass);
}

TEST_P(LogicRules, FindSealedValuesThatComeTwiceAndShowNone) {
    for (const auto& [no, id_number] : {std::pair{"P1", "110101199003076632"},
                                        std::pair{"P2", "11010119900307663X"},
                                        std::pair{"P3", "110101199003076632"}}) {
        person(no, "甲", {{"id_number", sealed(std::string("person.id_number/") + no, id_number)}});
    }
    mappings_ = {shipped("erp/person")};
    const Verdict verdict = logic("entity: person, unique: [id_number]");
    EXPECT_EQ(verdict.failed, 2);
    EXPECT_EQ(verdict.examined, 3);
    EXPECT_THAT(keys_of(verdict), ElementsAre("P1", "P3"));
    EXPECT_EQ(verdict.where[0].value, std::nullopt);
}

TEST_P(LogicRules, FindParentsThatAreGoneAndDaysOutsideTheirs) {
    const auto unit_id = unit("U1");
    const auto first = spell("E1", {{"hire_date", day(10)}, {"end_date", day(20)}});
    const auto second = spell("E2", {{"hire_date", day(10)}});
    assign(first, unit_id, day(9));
    assign(first, unit_id, day(10));
    assign(first, unit_id, day(20));
    assign(first, unit_id, day(21));
    assign(second, unit_id, day(500));
    const std::string rule =
        "entity: assignment, reference: spell_id, day: valid_from, within: [hire_date, end_date]";
    const auto at = [](int number) { return "E1/" + base::to_string(day(number)); };
    EXPECT_THAT(keys_of(logic(rule)), ElementsAre(at(9), at(20), at(21)));
    EXPECT_THAT(keys_of(logic(rule + ", end_counts: true")), ElementsAre(at(9), at(21)));
    EXPECT_EQ(logic("entity: assignment, reference: spell_id").outcome, Outcome::Pass);

    gone("employment_spell", second);
    EXPECT_THAT(keys_of(logic("entity: assignment, reference: spell_id")),
                ElementsAre("E2/" + base::to_string(day(500))));
}

TEST_P(LogicRules, FindTextsThatNameNoParent) {
    unit("U1");
    person("P1", "甲", {{"wecom_userid", "U1"}});
    person("P2", "乙", {{"wecom_userid", "U2"}});
    person("P3", "丙");
    EXPECT_THAT(keys_of(logic("entity: person, reference: wecom_userid -> org_unit.code")),
                ElementsAre("P2"));
}

TEST_P(LogicRules, NameTheMembersOfACycle) {
    const auto a = unit("A");
    const auto b = unit("B", a);
    const auto c = unit("C", b);
    unit("D", c);
    unit("E", a);
    EXPECT_EQ(logic("entity: org_unit, acyclic: code -> parent_id").outcome, Outcome::Pass);
    connection_->execute("UPDATE org_unit SET parent_id = $1 WHERE id = $2", {c, a});
    const auto self = unit("S");
    connection_->execute("UPDATE org_unit SET parent_id = id WHERE id = $1", {self});

    const Verdict verdict = logic("entity: org_unit, acyclic: code -> parent_id");
    EXPECT_EQ(verdict.failed, 4);
    EXPECT_THAT(keys_of(verdict), ElementsAre("A", "B", "C", "S"));
    EXPECT_EQ(verdict.where[0].note.values.at("members"), "A → C → B → A");
    EXPECT_EQ(verdict.where[0].value, "C");
    EXPECT_EQ(verdict.where[3].note.values.at("members"), "S → S");
}

TEST_P(LogicRules, TakeNoTurnOfOfficeForACycle) {
    const auto unit_id = unit("U1");
    const auto first = spell("E1");
    const auto second = spell("E2");
    assign(first, unit_id, day(0), day(10), second);
    assign(second, unit_id, day(10), {}, first);
    const std::string rule =
        "entity: assignment, acyclic: spell_id -> manager_id, valid: [valid_from, valid_to]";
    EXPECT_EQ(logic(rule).outcome, Outcome::Pass);
    EXPECT_EQ(logic(rule + ", end_counts: true").failed, 2) << "both hold on the tenth day";
    EXPECT_EQ(logic("entity: assignment, acyclic: spell_id -> manager_id").failed, 2);
}

TEST_P(LogicRules, FindSpansThatOverlapAndWithWhom) {
    const auto unit_id = unit("U1");
    const auto first = spell("E1");
    assign(first, unit_id, day(0), day(10));
    assign(first, unit_id, day(10), day(20));
    assign(first, unit_id, day(15));
    assign(first, unit_id, day(12), day(12));
    assign(spell("E2"), unit_id, day(5), day(18));
    const std::string rule =
        "entity: assignment, no_overlap: [spell_id], valid: [valid_from, valid_to]";
    const auto at = [](int number) { return "E1/" + base::to_string(day(number)); };
    const Verdict verdict = logic(rule);
    EXPECT_THAT(keys_of(verdict), ElementsAre(at(10), at(15)));
    EXPECT_EQ(verdict.where[0].note.values.at("key"), at(15));
    EXPECT_EQ(verdict.where[1].note.values.at("key"), at(10));
    EXPECT_EQ(logic(rule + ", end_counts: true").failed, 4) << "the tenth and the twelfth day too";
}

TEST_P(LogicRules, FindGapsBetweenSpans) {
    const auto unit_id = unit("U1");
    const auto first = spell("E1");
    assign(first, unit_id, day(0), day(30));
    assign(first, unit_id, day(5), day(10));
    assign(first, unit_id, day(30), day(40));
    assign(first, unit_id, day(41));
    EXPECT_THAT(
        keys_of(logic("entity: assignment, no_gap: [spell_id], valid: [valid_from, valid_to]")),
        ElementsAre("E1/" + base::to_string(day(41))));
}

TEST_P(LogicRules, CompareInstantsToTheMicrosecond) {
    const auto spell_id = spell("E1");
    const auto operation =
        add("operation", {{"code", "O1"}, {"name", "装配"}, {"kind", "production"}});
    const auto at = [](int us) { return base::Timestamp(std::chrono::microseconds(us)); };
    const auto work = [&](const std::string& no, int from, int to) {
        add("production_fact",
            {{"fact_no", no},
             {"spell_id", spell_id},
             {"operation_id", operation},
             {"work_date", day(1)},
             {"started_at", at(from)},
             {"ended_at", at(to)},
             {"qty_good", std::int64_t{1}},
             {"qty_scrap", std::int64_t{0}},
             {"qty_rework", std::int64_t{0}}});
    };
    work("F1", -5, 1'000'001);
    work("F2", 1'000'001, 1'000'003);
    work("F3", 1'000'002, 1'000'004);
    EXPECT_THAT(keys_of(logic("entity: production_fact, no_overlap: [spell_id], valid: "
                              "[started_at, ended_at]")),
                ElementsAre("F2", "F3"));
}

TEST_P(LogicRules, AreNotCheckedWithTheReasonWhereTheyCannotBeJudged) {
    spell("E1", {{"base_salary", sealed("employment_spell.base_salary/E1", "1.00")}});
    const auto because = [this](const std::string& rule) { return why(logic(rule)); };
    EXPECT_EQ(because("entity: nothing, unique: [a]"), "not_checked no_entity");
    EXPECT_EQ(because("entity: person, unique: [nothing]"), "not_checked no_field");
    EXPECT_EQ(because("entity: person, row: 'nothing = 1'"), "not_checked bad_predicate");
    EXPECT_EQ(because("entity: employment_spell, row: base_salary > 1"),
              "not_checked bad_predicate");
    EXPECT_EQ(because("entity: employment_spell, row: person_id > 1"),
              "not_checked predicate_of_reference");
    EXPECT_EQ(because("entity: employment_spell, row: person_id IS NULL OR person_id > 1"),
              "not_checked predicate_of_reference");
    EXPECT_EQ(
        logic("entity: employment_spell, row: person_id IS NOT NULL AND employee_no <> ''").outcome,
        Outcome::Pass)
        << "whether a reference is there may be asked beside anything else";
    EXPECT_EQ(because("entity: person, reference: name"), "not_checked no_reference");
    EXPECT_EQ(because("entity: person, no_overlap: [name], valid: [name, name]"),
              "not_checked no_time");
    EXPECT_EQ(because("entity: person, acyclic: name -> birth_date"), "not_checked other_kind");
    EXPECT_EQ(because("entity: person, volume: {rows_vs_last_run: [0%, 0%]}"),
              "not_checked no_last_run");
    EXPECT_EQ(because("entity: person, balance: {of: [count(*)]}"), "not_checked no_controls");
    EXPECT_EQ(because("entity: employment_spell, balance: {of: [sum(base_salary)]}"),
              "not_checked sealed_type")
        << "no mapping says what is sealed";
    mappings_ = {shipped("erp/employment_spell"), shipped("erp/person")};
    EXPECT_EQ(because("entity: employment_spell, no_overlap: [base_salary], valid: [hire_date, "
                      "end_date]"),
              "not_checked sealed_field");
    EXPECT_EQ(because("entity: person, balance: {group: [name], of: [count(*)]}"),
              "not_checked personal_group");
}

TEST_P(LogicRules, AreNotCheckedWhereTheStoreRefusesTheStatement) {
    connection_->run_script("ALTER TABLE person RENAME COLUMN gone_at TO went_at");
    const Verdict verdict = logic("entity: person, unique: [name]");
    EXPECT_EQ(why(verdict), "not_checked store_refused");
    EXPECT_FALSE(verdict.why.values.at("code").empty());
    EXPECT_EQ(logic("entity: org_unit, unique: [code]").outcome, Outcome::Pass)
        << "the next rule is judged all the same";
}

TEST_P(LogicRules, HoldTheNumberOfRowsAgainstTheLastRun) {
    for (int i = 0; i < 19; ++i) {
        unit("U" + std::to_string(i));
    }
    const auto of_last = [this](std::int64_t rows) {
        controls_.rows = {{"org_unit", rows}};
        return logic("entity: org_unit, volume: {rows_vs_last_run: [-5%, +10%]}");
    };
    EXPECT_EQ(of_last(20).outcome, Outcome::Pass) << "-5 % exactly";
    EXPECT_EQ(of_last(21).outcome, Outcome::Fail);
    EXPECT_EQ(of_last(18).outcome, Outcome::Pass);
    EXPECT_EQ(of_last(17).outcome, Outcome::Fail);
    EXPECT_THAT(of_last(17).figures, ElementsAre(Pair("last_rows", 17), Pair("rows", 19)));
    EXPECT_EQ(why(of_last(0)), "not_checked last_run_empty");
}

}  // namespace
}  // namespace hrbridge::check
