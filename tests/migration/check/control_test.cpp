#include "tests/migration/check/check_bench.h"

namespace hrbridge::check {
namespace {

// What the source's raw columns give, as a test states it.
struct StatedFigures final : StatedControls {
    std::map<std::string, std::string> figures;  // by column

    base::Result<std::string> figure(const ControlForm& form) override {
        return figures.at(form.column);
    }
};

// Hired on day 3, on probation until day 9; the mapping has the two columns the wrong way round.
class ControlTotals : public CheckBench {
  protected:
    void SetUp() override {
        CheckBench::SetUp();
        mappings_ = {shipped("erp/employment_spell"), shipped("erp/person")};
        figures_.figures = {{"dEnterDate", base::to_string(day(3))},
                            {"dProbationEnd", base::to_string(day(9))}};
        for (engine::FieldRule& field : mappings_[0].fields) {
            if (field.target == "hire_date" || field.target == "probation_end") {
                field.from = field.target == "hire_date" ? "dProbationEnd" : "dEnterDate";
                field.steps.clear();
            }
        }
        spell("E1", {{"hire_date", day(9)}, {"probation_end", day(3)}});
    }
    Verdict latest(const std::string& column, int number, const std::string& field) {
        RuleSpec rule;
        rule.id = "T1";
        rule.entity = "employment_spell";
        rule.form = ControlForm{ControlForm::Of::Latest,
                                mappings_[0].name,
                                column,
                                base::to_string(day(number)),
                                field};
        rules_ = {rule};
        Scope where = scope();
        where.controls = &figures_;
        for (const Verdict& verdict : check_logic(where)) {
            if (verdict.rule == "T1") {
                return verdict;
            }
        }
        throw std::logic_error("no verdict");
    }

    StatedFigures figures_;
};
INSTANTIATE_TEST_SUITE_P(All,
                         ControlTotals,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(ControlTotals, WithoutAFieldFollowTheMappingAndSeeNoSwappedColumns) {
    EXPECT_EQ(why(latest("dEnterDate", 3, "")), "pass control_both");
    EXPECT_EQ(why(latest("dProbationEnd", 9, "")), "pass control_both");
}

TEST_P(ControlTotals, OfAStatedFieldFindSwappedColumnsWhateverTheMappingSays) {
    for (const auto& [column, number, field] : {std::tuple{"dEnterDate", 3, "hire_date"},
                                                std::tuple{"dProbationEnd", 9, "probation_end"}}) {
        const Verdict verdict = latest(column, number, field);
        EXPECT_EQ(why(verdict), "fail control_both") << field;
        EXPECT_EQ(verdict.failed, 1);
        ASSERT_EQ(verdict.where.size(), 1U);
        EXPECT_EQ(verdict.where[0].field, field);
        EXPECT_EQ(verdict.where[0].note.code, "control_store") << "and not the source's column";
    }
}

TEST_P(ControlTotals, OfAStatedFieldCompareAlsoBehindStepsOfTheMapping) {
    mappings_[0] = shipped("erp/employment_spell");
    EXPECT_EQ(why(latest("dEnterDate", 3, "")), "pass control_source_only");
    EXPECT_EQ(why(latest("dEnterDate", 3, "hire_date")), "fail control_both");
}

TEST_P(ControlTotals, OfAFieldThatTheEntityLacksAreNotChecked) {
    EXPECT_EQ(why(latest("dEnterDate", 3, "hired")), "not_checked no_field");
}

}  // namespace
}  // namespace hrbridge::check
