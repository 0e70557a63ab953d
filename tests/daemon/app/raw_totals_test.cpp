#include "daemon/app/raw_totals.h"

#include <map>

#include <gmock/gmock.h>

#include "daemon/app/raw_columns.h"

namespace hrbridge::app {
namespace {

using check::ControlForm;
using check::Measure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

constexpr const char* kMap = R"(
map: test/spell
source:
  conn: hr
  query: SELECT no, kind, pay, hired, unit FROM spells WHERE {page}
  key: [no]
  columns: {no: varchar(12)!, kind: varchar(4), pay: varchar(12), hired: varchar(10), unit: varchar(8)}
  read_as: {charset: gbk, zone: Asia/Shanghai}
target: {entity: employment_spell, key: [employee_no], write: upsert}
fields:
  employee_no: {from: no, do: [trim], type: text(32), id: F01}
  kind:        {from: kind, do: [trim], map: {P: permanent, A: agency}, type: text(16), id: F02}
  base_salary: {from: pay, do: [trim, empty_to_null], type: 'decimal(12,2)', opt: true, id: F03}
  hire_date:   {from: hired, do: [trim, 'null_if 1900-01-01'], type: date, opt: true, id: F04}
  end_date:    {from: hired, do: ['parse_date YYYY-MM-DD'], type: date, opt: true, id: F05}
)";

class RawTotalsOfRows : public testing::Test {
  protected:
    using Row = std::vector<std::optional<std::string>>;

    RawTotalsOfRows() {
        engine::LoadedMapping loaded = engine::parse_mapping(kMap, "test.map.yaml");
        for (const base::Fault& fault : loaded.faults) {
            ADD_FAILURE() << fault.where << ": " << fault.what;
        }
        mapping_ = std::move(loaded.mapping.value());
    }

    static check::RuleSpec balance(std::vector<std::string> group, std::vector<Measure> of) {
        check::RuleSpec rule;
        rule.id = "B01";
        rule.entity = "employment_spell";
        check::BalanceForm form;
        form.group = std::move(group);
        form.of = std::move(of);
        rule.form = form;
        return rule;
    }
    RawTotals read(const check::RuleSpec* rule, const ControlForm* figure = nullptr) const {
        std::vector<const check::RuleSpec*> rules;
        std::vector<const ControlForm*> figures;
        if (rule != nullptr) {
            rules.push_back(rule);
        }
        if (figure != nullptr) {
            figures.push_back(figure);
        }
        RawTotals totals(mapping_, rules, figures);
        std::vector<base::DescribedColumn> columns;
        for (const char* const name : {"no", "kind", "pay", "hired", "unit"}) {
            columns.push_back({name, "varchar", 20});
        }
        totals.begin(columns);
        base::RawBlock block;
        block.columns.resize(columns.size());
        for (std::size_t column = 0; column < columns.size(); ++column) {
            block.columns[column].use_packed();
            for (const Row& row : rows_) {
                row[column] ? block.columns[column].append(*row[column])
                            : block.columns[column].append_null();
            }
        }
        block.rows = rows_.size();
        totals.take(block);
        return totals;
    }
    std::string figure(ControlForm::Of of, const std::string& column) const {
        const ControlForm form{of, "test/spell", column, ""};
        const auto found = read(nullptr, &form).figure(0);
        return found ? found.value() : "fault " + found.fault().what;
    }

    engine::Mapping mapping_;
    std::vector<Row> rows_{{"E1", "P", "100.50", "2019-03-01", "a"},
                           {"E2", " P ", "99.5", "2018-01-01", "a"},
                           {"E3", "A", "", "1900-01-01", "b"},
                           {"E4", "X", std::nullopt, "2020-12-31", std::nullopt}};
};

TEST_F(RawTotalsOfRows, AddUpByGroupWithTheStoresCodes) {
    const auto rule = balance({"kind"},
                              {{Measure::Of::Rows, ""},
                               {Measure::Of::Sum, "base_salary"},
                               {Measure::Of::Count, "base_salary"},
                               {Measure::Of::Min, "hire_date"}});
    const RawTotals totals = read(&rule);
    const auto found = totals.totals(0);
    ASSERT_TRUE(found) << found.fault().what;
    ASSERT_EQ(found.value().size(), 3U);
    const auto& unknown = found.value()[0];
    EXPECT_THAT(unknown.group, ElementsAre(Optional(std::string("X"))));
    EXPECT_THAT(unknown.of[0], Optional(std::string("1")));
    const auto& agency = found.value()[1];
    EXPECT_THAT(agency.group, ElementsAre(Optional(std::string("agency"))));
    EXPECT_EQ(agency.of[3], std::nullopt) << "a sentinel is no date";
    const auto& permanent = found.value()[2];
    EXPECT_THAT(permanent.group, ElementsAre(Optional(std::string("permanent"))));
    EXPECT_THAT(permanent.of[0], Optional(std::string("2")));
    EXPECT_EQ(base::Decimal::parse(*permanent.of[1]), base::Decimal::parse("200"));
    EXPECT_THAT(permanent.of[2], Optional(std::string("2")));
    EXPECT_THAT(permanent.of[3], Optional(std::string("2018-01-01")));
}

TEST_F(RawTotalsOfRows, TellCellsOfOneGroupApartWhateverTheirBytes) {
    // Side by side as bytes, "a" and "bc" are "ab" and "c", and 'NULL' is no NULL.
    rows_ = {{"E1", "a", "1", "2019-03-01", "bc"},
             {"E2", "ab", "2", "2019-03-01", "c"},
             {"E3", "a", "4", "2019-03-01", std::nullopt},
             {"E4", "a", "8", "2019-03-01", ""},
             {"E5", "a", "16", "2019-03-01", "bc"},
             {"E6", "a", "32", "2019-03-01", "-"}};
    mapping_.fields[0].from = "unit";
    mapping_.fields[0].steps.clear();
    const auto rule = balance({"kind", "employee_no"}, {{Measure::Of::Sum, "base_salary"}});
    const RawTotals totals = read(&rule);
    const auto found = totals.totals(0);
    ASSERT_TRUE(found) << found.fault().what;
    std::map<std::string, std::string> sums;
    for (const check::ControlTotal& each : found.value()) {
        const std::string unit = each.group[1] ? "'" + *each.group[1] + "'" : "NULL";
        sums[*each.group[0] + "/" + unit] =
            base::to_string(base::Value(*base::Decimal::parse(*each.of[0])));
    }
    EXPECT_THAT(sums,
                testing::UnorderedElementsAre(testing::Pair("a/'bc'", "17.0000000000"),
                                              testing::Pair("ab/'c'", "2.0000000000"),
                                              testing::Pair("a/NULL", "4.0000000000"),
                                              testing::Pair("a/''", "8.0000000000"),
                                              testing::Pair("a/'-'", "32.0000000000")));
}

TEST_F(RawTotalsOfRows, AddUpMoreGroupsThanAreKnownByTheirBytes) {
    constexpr int kGroups = 12'000;
    rows_.clear();
    for (int i = 0; i < 2 * kGroups; ++i) {
        rows_.push_back({"E" + std::to_string(i % kGroups), "P", "1", "2019-03-01", "a"});
    }
    const auto rule = balance({"employee_no"}, {{Measure::Of::Rows, ""}});
    const RawTotals totals = read(&rule);
    const auto found = totals.totals(0);
    ASSERT_TRUE(found) << found.fault().what;
    EXPECT_EQ(found.value().size(), kGroups);
    EXPECT_THAT(found.value(),
                testing::Each(testing::Field(&check::ControlTotal::of,
                                             ElementsAre(Optional(std::string("2"))))));
}

TEST_F(RawTotalsOfRows, NeedOnlyTheColumnsTheyAddUpAndTheKey) {
    const auto rule =
        balance({"kind"}, {{Measure::Of::Rows, ""}, {Measure::Of::Sum, "base_salary"}});
    const ControlForm rows{ControlForm::Of::Rows, "test/spell", "", ""};
    const ControlForm latest{ControlForm::Of::Latest, "test/spell", "HIRED", ""};
    EXPECT_THAT(raw_columns(mapping_, {&rule}, {}), ElementsAre("no", "kind", "pay"));
    EXPECT_THAT(raw_columns(mapping_, {}, {&rows}), ElementsAre("no"));
    EXPECT_THAT(raw_columns(mapping_, {&rule}, {&rows, &latest}),
                ElementsAre("no", "kind", "pay", "HIRED"));
}

TEST_F(RawTotalsOfRows, AStepThatMakesOtherValuesIsNoRawColumn) {
    const auto rule = balance({}, {{Measure::Of::Max, "end_date"}});
    const auto found = read(&rule).totals(0);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.fault().what, HasSubstr("the step parse_date of end_date"));
}

TEST_F(RawTotalsOfRows, AValueThatIsNoNumberIsSaidAndNotShown) {
    rows_.push_back({"E5", "P", "12,5", "2020-01-01", "c"});
    const auto rule = balance({}, {{Measure::Of::Sum, "base_salary"}});
    const auto found = read(&rule).totals(0);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.fault().what,
                HasSubstr("(a value of the column pay is no number, in the row "));
    EXPECT_THAT(found.fault().what, testing::Not(HasSubstr("12,5")));
}

TEST_F(RawTotalsOfRows, FiguresAreOfTheColumnWhateverTheMappingReads) {
    EXPECT_EQ(figure(ControlForm::Of::Rows, ""), "4");
    EXPECT_EQ(base::Decimal::parse(figure(ControlForm::Of::Sum, "PAY")),
              base::Decimal::parse("200"));
    EXPECT_EQ(figure(ControlForm::Of::Distinct, "unit"), "2");
    EXPECT_EQ(figure(ControlForm::Of::Earliest, "hired"), "1900-01-01");
    EXPECT_EQ(figure(ControlForm::Of::Latest, "hired"), "2020-12-31");
    EXPECT_THAT(figure(ControlForm::Of::Sum, "bonus"), HasSubstr("has no column bonus"));
}

}  // namespace
}  // namespace hrbridge::app
