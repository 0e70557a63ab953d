#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/pip/explain.h"
#include "tests/daemon/pip/factory.h"

namespace hrbridge::pip {
namespace {

class EarlierWarnings : public Factory {
  protected:
    void SetUp() override {
        Factory::SetUp();
        policy_.defect_level.months = 1;
        policy_.streak.mode = Mode::Off;
        add_peers("T1", {"2024-03", "2024-04", "2024-05"});
        heavy_ = add_person("E1", "T1");
        work(heavy_, "2024-03", 1000, 80);
    }
    EvaluationReport evaluate_in(const std::string& date) {
        clock_.step_to(base::Timestamp(std::chrono::sys_days(day(date))));
        EvaluationReport report = evaluate_now();
        for (model::OutboxEvent event : store::OutboxRepository(*connection_).list("waiting", 99)) {
            event.state = model::OutboxState::Sent;
            event.sent_at = clock_.now();
            store::OutboxRepository(*connection_).update(event);
        }
        return report;
    }
    void remove_defects(const std::string& month) {
        connection_->execute(
            "DELETE FROM defect WHERE responsible_spell_id = $1 AND made_date = $2",
            {heavy_, day(month + "-10")});
    }
    model::Finding finding_of(const std::string& month) {
        for (const model::Finding& each : store::FindingRepository(*connection_).list(99)) {
            if (each.spell_id == heavy_ && each.period == day(month + "-01")) {
                return each;
            }
        }
        throw std::logic_error("no finding");
    }

    std::int64_t heavy_ = 0;
};

TEST_P(EarlierWarnings, AreNotJudgedByANewSettingWhileTheirOwnMonthsStayAsTheyWere) {
    evaluate_in("2024-04-10");
    policy_.defect_level.gap = 0.5;
    work(heavy_, "2024-04", 50, 1);

    const EvaluationReport april = evaluate_in("2024-05-10");

    EXPECT_GT(april.facts_written, 0);
    EXPECT_EQ(finding_of("2024-03").state, "raised");
    EXPECT_TRUE(outbox("retraction_card").empty());
}

TEST_P(EarlierWarnings, AreJudgedAgainWhenTheyRestOnAnotherVersionOfTheRule) {
    evaluate_in("2024-04-10");
    policy_.defect_level.gap = 0.5;
    connection_->execute("UPDATE finding SET rule_version = 1", {});

    evaluate_in("2024-05-10");

    EXPECT_EQ(finding_of("2024-03").state, "retracted");
    EXPECT_NE(cards_.back().text.find("规则"), std::string::npos) << "no data changed";
}

TEST_P(EarlierWarnings, AreRetractedWhateverTheModeIsByThen) {
    for (const Mode mode : {Mode::Watch, Mode::Shadow, Mode::Off}) {
        policy_.defect_level.mode = Mode::Live;
        evaluate_in("2024-04-10");
        policy_.defect_level.mode = mode;
        const auto before = outbox("retraction_card").size();
        remove_defects("2024-03");

        const EvaluationReport report = evaluate_in("2024-05-10");

        EXPECT_EQ(report.retracted, 1);
        EXPECT_EQ(finding_of("2024-03").state, "retracted");
        EXPECT_EQ(outbox("retraction_card").size(), before + 1);
        defect(heavy_, "2024-03", 80, "OP010");
    }
}

TEST_P(EarlierWarnings, EndWithAGoodMonthWhateverTheModeIsByThen) {
    work(heavy_, "2024-04", 1000, 30);
    for (const Mode mode : {Mode::Watch, Mode::Shadow, Mode::Off}) {
        policy_.defect_level.mode = Mode::Live;
        evaluate_in("2024-04-10");
        connection_->execute("UPDATE finding SET state = 'raised'", {});
        policy_.defect_level.mode = mode;

        evaluate_in("2024-05-10");

        EXPECT_EQ(finding_of("2024-03").state, "ended");
    }
}

TEST_P(EarlierWarnings, StayOpenWhileTheyGoOnThoughNobodyIsWarnedAnyMore) {
    work(heavy_, "2024-04", 1000, 80);
    evaluate_in("2024-04-10");
    policy_.defect_level.mode = Mode::Watch;

    evaluate_in("2024-05-10");

    EXPECT_EQ(finding_of("2024-03").state, "raised");
}

TEST_P(EarlierWarnings, ThatLeanedOnACardTakenBackGetTheirOwn) {
    work(heavy_, "2024-04", 1000, 80);
    work(heavy_, "2024-05", 50, 1);
    evaluate_in("2024-04-10");
    evaluate_in("2024-05-10");
    evaluate_in("2024-06-10");
    remove_defects("2024-03");

    const EvaluationReport report = evaluate_in("2024-06-11");

    EXPECT_EQ(finding_of("2024-03").state, "retracted");
    EXPECT_EQ(finding_of("2024-04").state, "raised");
    EXPECT_TRUE(finding_of("2024-04").card.has_value());
    EXPECT_EQ(report.announced, 2) << "March is taken back and April told";
    EXPECT_EQ(evaluate_in("2024-06-12").announced, 0);
}

TEST_P(EarlierWarnings, AreTakenBackWithWordsOfTheDataOnlyWhenDataChanged) {
    evaluate_in("2024-04-10");
    policy_.defect_level.gap = 0.5;
    evaluate_in("2024-04-11");
    EXPECT_EQ(cards_.back().text, rule_text("zh", "back_text_rule"));
    policy_.defect_level.gap = 0.01;
    evaluate_in("2024-04-12");
    remove_defects("2024-03");

    evaluate_in("2024-04-13");

    EXPECT_EQ(cards_.back().text, rule_text("zh", "back_text"));
}

TEST_P(EarlierWarnings, AreTakenBackWithWordsOfBothWhenDataAndTheRuleChanged) {
    evaluate_in("2024-04-10");
    policy_.defect_level.mode = Mode::Shadow;
    remove_defects("2024-03");

    evaluate_in("2024-04-11");

    EXPECT_EQ(cards_.back().text, rule_text("zh", "back_text_both"));
}

TEST_P(EarlierWarnings, TheDigestsChanceIsThatOfTheRulesItCounts) {
    policy_.defect_level.mode = Mode::Shadow;
    policy_.defect_level.watch_alpha = 0.4;
    policy_.defect_level.gap = 0;
    policy_.streak.mode = Mode::Watch;
    policy_.streak.months = 1;

    const EvaluationReport report = evaluate_in("2024-04-10");

    ASSERT_EQ(report.rules.size(), 2U);
    ASSERT_GT(std::stod(report.rules[0].chance_watches), 0.5);
    EXPECT_NE(
        cards_.back().text.find(" " + at_most(std::stod(report.rules[1].chance_watches), 1) + " "),
        std::string::npos)
        << cards_.back().text;
}

INSTANTIATE_TEST_SUITE_P(OnBoth,
                         EarlierWarnings,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::pip
