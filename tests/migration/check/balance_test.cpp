#include <limits>

#include "tests/migration/check/check_bench.h"

namespace hrbridge::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Balances : public CheckBench {
  protected:
    void SetUp() override {
        CheckBench::SetUp();
        mappings_ = {shipped("erp/employment_spell"), shipped("erp/person")};
    }
    void paid(const std::string& no, const std::string& kind, const std::string& pay, int hired) {
        const auto id = spell(
            no,
            {{"hire_date", day(hired)},
             {"base_salary",
              pay.empty() ? base::Value() : sealed("employment_spell.base_salary/" + no, pay)}});
        connection_->execute("UPDATE employment_spell SET kind = $1 WHERE id = $2", {kind, id});
    }
    Verdict balance(std::vector<ControlTotal> stated, const std::string& more = "") {
        controls_.stated["K1"] = std::move(stated);
        return logic(
            "entity: employment_spell, balance: {group: [kind], of: [count(*), "
            "count(base_salary), sum(base_salary), min(hire_date), max(base_salary)]" +
            more + "}");
    }
    static std::string written(int number) { return base::to_string(day(number)); }
};
INSTANTIATE_TEST_SUITE_P(All, Balances, testing::Values("sqlite", "postgres"), store::store_name);

TEST_P(Balances, AddUpSealedPayExactly) {
    paid("E1", "agency", "0.10", 3);
    paid("E2", "agency", "0.20", 2);
    paid("E3", "agency", "", 4);
    paid("E4", "intern", "9999999999.99", 1);
    const Verdict verdict =
        balance({{{"agency"}, {"3", "2", "0.3", written(2), "0.2"}},
                 {{"intern"}, {"1", "1", "9999999999.990", written(1), "9999999999.99"}}});
    EXPECT_EQ(verdict.outcome, Outcome::Pass);
    EXPECT_EQ(verdict.examined, 2);
    EXPECT_EQ(verdict.figures.at("rows"), 4);
}

TEST_P(Balances, NameTheGroupAndMeasureThatDifferAndKeepPayToThemselves) {
    paid("E1", "agency", "6543.21", 3);
    paid("E2", "intern", "7654.32", 2);
    paid("E3", "permanent", "8765.43", 2);
    const Verdict verdict = balance({{{"agency"}, {"2", "1", "6543.22", written(4), "6543.21"}},
                                     {{"intern"}, {"1", "1", "7654.32", written(2), "7654.32"}},
                                     {{"fixed_term"}, {"1", "1", "1", written(1), "1"}}});
    EXPECT_EQ(verdict.failed, 3);
    EXPECT_EQ(verdict.examined, 4);
    std::vector<std::string> found;
    std::string all;
    for (const Located& row : verdict.where) {
        found.push_back(row.key + " " + row.field + " " + row.note.code);
        all += row.value.value_or("");
        for (const auto& [name, value] : row.note.values) {
            all += " " + value;
        }
    }
    EXPECT_THAT(found,
                ElementsAre("agency count(*) differs_by",
                            "agency sum(base_salary) differs",
                            "agency min(hire_date) differs_by",
                            "fixed_term  group_missing",
                            "permanent  group_extra"));
    EXPECT_THAT(all, HasSubstr(written(4)));
    EXPECT_THAT(all, Not(HasSubstr("43"))) << "no pay, no sum of pay, no difference";
}

TEST_P(Balances, HoldNumbersWithinTheStatedTolerance) {
    paid("E1", "agency", "100.00", 3);
    const auto with = [this](const std::string& sum, const std::string& tolerance) {
        return balance({{{"agency"}, {"1", "1", sum, written(3), "100"}}},
                       ", tolerance: " + tolerance)
            .outcome;
    };
    EXPECT_EQ(with("100.01", "0.01"), Outcome::Pass);
    EXPECT_EQ(with("100.011", "0.01"), Outcome::Fail);
    EXPECT_EQ(with("99.99", "0.01"), Outcome::Pass);
    EXPECT_EQ(with("101", "1%"), Outcome::Pass);
    EXPECT_EQ(with("101.02", "1%"), Outcome::Fail);
    EXPECT_EQ(with("100.01", "0"), Outcome::Fail);
}

TEST_P(Balances, AreNotCheckedWhereAValueOrAControlCannotBeRead) {
    paid("E1", "agency", "100.00", 3);
    const auto because = [this](std::vector<ControlTotal> stated) {
        return why(balance(std::move(stated)));
    };
    EXPECT_EQ(because({{{"agency"}, {"1", "1", "much", written(3), "100"}}}),
              "not_checked control_not_read");
    EXPECT_EQ(because({{{"agency"}, {"1"}}}), "not_checked controls_of_other_form");
    EXPECT_EQ(because({{{"agency"}, {"1", "1", "1", written(3), "1"}},
                       {{"agency"}, {"1", "1", "1", written(3), "1"}}}),
              "not_checked control_group_twice");
    connection_->execute("UPDATE employment_spell SET base_salary = $1",
                         {sealed("employment_spell.base_salary/E2", "100.00")});
    EXPECT_EQ(because({{{"agency"}, {"1", "1", "100", written(3), "100"}}}),
              "not_checked cannot_open")
        << "a value that was sealed for another row";
}

TEST_P(Balances, NameEachSealedValueThatCannotBeOpened) {
    for (const char* const no : {"E1", "E2", "E3"}) {
        paid(no, "agency", "100.00", 3);
    }
    auto changed = std::get<base::Bytes>(
        one("SELECT base_salary FROM employment_spell WHERE employee_no = 'E2'"));
    changed.data.back() = static_cast<char>(changed.data.back() ^ 1);
    connection_->execute("UPDATE employment_spell SET base_salary = $1 WHERE employee_no = 'E2'",
                         {changed});
    const Verdict verdict = balance({{{"agency"}, {"3", "3", "300", written(3), "100"}}});
    EXPECT_EQ(why(verdict), "not_checked cannot_open");
    EXPECT_THAT(
        verdict.where,
        ElementsAre(Located{
            "employment_spell", "E2", "base_salary", std::nullopt, {"sealed_unopened", {}}}));
    connection_->execute("UPDATE employment_spell SET base_salary = $1 WHERE employee_no = 'E2'",
                         {sealed("employment_spell.base_salary/E2", "much")});
    EXPECT_THAT(keys_of(balance({{{"agency"}, {"3", "3", "300", written(3), "100"}}})),
                ElementsAre("E2"));
}

TEST_P(Balances, CompareRowsWithoutGroupsAlsoWhenThereAreNone) {
    const auto of = [this](const std::string& rows, std::optional<std::string> last) {
        controls_.stated["K1"] = {{{}, {rows, last}}};
        return logic("entity: employment_spell, balance: {of: [count(*), max(hire_date)]}").outcome;
    };
    EXPECT_EQ(of("0", std::nullopt), Outcome::Pass);
    EXPECT_EQ(of("1", std::nullopt), Outcome::Fail);
    paid("E1", "agency", "", 3);
    EXPECT_EQ(of("1", written(3)), Outcome::Pass);
    EXPECT_EQ(of("1", std::nullopt), Outcome::Fail);
}

TEST_P(Balances, ShowParentsByTheirKeys) {
    const auto unit_id = unit("U1");
    assign(spell("E1"), unit_id, day(0));
    assign(spell("E2"), unit_id, day(0));
    controls_.stated["K1"] = {{{"U1"}, {"3"}}};
    const Verdict verdict =
        logic("entity: assignment, balance: {group: [org_unit_id], of: [count(*)]}");
    EXPECT_EQ(verdict.failed, 1);
    EXPECT_EQ(verdict.where[0].key, "U1");
    EXPECT_EQ(verdict.where[0].note.values.at("source"), "3");
    EXPECT_EQ(verdict.where[0].note.values.at("target"), "2");
}

TEST_P(Balances, AddUpWholeNumbersAndDaysThatAreNotSealed) {
    mappings_.push_back(shipped("attendance/attendance_day"));
    const auto works = [this](std::int64_t spell_id, int number, std::int64_t minutes, Cells more) {
        more.insert(more.end(),
                    {{"spell_id", spell_id},
                     {"work_date", day(number)},
                     {"day_class", "work"},
                     {"worked_minutes", minutes},
                     {"late_minutes", std::int64_t{0}},
                     {"early_minutes", std::int64_t{0}},
                     {"absent_minutes", std::int64_t{0}}});
        return add("attendance_day", more);
    };
    const auto first = spell("E1");
    const auto second = spell("E2");
    works(first, 1, std::numeric_limits<std::int64_t>::max(), {{"scheduled_minutes", 480L}});
    works(first, 2, std::numeric_limits<std::int64_t>::max(), {});
    works(second, 4, 7, {{"scheduled_minutes", 480L}});
    works(second, 5, 1, {{"scheduled_minutes", 480L}});
    gone("attendance_day", works(second, 6, 9, {}));
    const auto of = [this](std::vector<ControlTotal> stated, const std::string& where = "") {
        controls_.stated["K1"] = std::move(stated);
        return logic(
            "entity: attendance_day, balance: {group: [spell_id, scheduled_minutes], of: "
            "[sum(worked_minutes), count(*), count(scheduled_minutes), min(work_date), "
            "max(work_date), max(worked_minutes)]}" +
            where);
    };
    const std::string most = "9223372036854775807";
    const ControlTotal planned{{"E1", "480"}, {most, "1", "1", written(1), written(1), most}};
    const ControlTotal unplanned{{"E1", std::nullopt},
                                 {most, "1", "0", written(2), written(2), most}};
    const ControlTotal other{{"E2", "480"}, {"8", "2", "2", written(4), written(5), "7"}};
    const Verdict verdict = of({planned, unplanned, other});
    EXPECT_EQ(verdict.outcome, Outcome::Pass) << verdict.why.code;
    EXPECT_EQ(verdict.examined, 3);
    EXPECT_EQ(verdict.figures.at("rows"), 4);
    EXPECT_EQ(of({other}, ", where: \"worked_minutes < 10\"").outcome, Outcome::Pass);
    EXPECT_EQ(of({planned, other}).failed, 1);

    controls_.stated["K1"] = {{{}, {"18446744073709551622", "4"}}};
    const std::string all =
        "entity: attendance_day, balance: {of: [sum(worked_minutes), count(*)]}";
    EXPECT_EQ(logic(all).outcome, Outcome::Pass);
    controls_.stated["K1"] = {{{}, {"18446744073709551621", "4"}}};
    EXPECT_EQ(logic(all).outcome, Outcome::Fail);
}

}  // namespace
}  // namespace hrbridge::check
