#include "daemon/pip/telling.h"

#include <gtest/gtest.h>

#include "tests/daemon/pip/factory.h"

namespace hrbridge::pip {
namespace {

class TellingTest : public Factory {
  protected:
    void SetUp() override {
        Factory::SetUp();
        announcer_.receivers = {"hr01", "hr02"};
        policy_.defect_level.months = 1;
        policy_.streak.mode = Mode::Off;
        peers_ = add_peers("T1", {"2024-03", "2024-04", "2024-05", "2024-06"});
        heavy_ = add_person("E1", "T1");
    }
    EvaluationReport evaluate_in(const std::string& date) {
        clock_.step_to(base::Timestamp(std::chrono::sys_days(day(date))));
        return evaluate_now();
    }
    void remove_defects(const std::string& month) {
        connection_->execute(
            "DELETE FROM defect WHERE responsible_spell_id = $1 AND made_date = $2",
            {heavy_, day(month + "-10")});
    }
    // All that wait are sent, those of `receiver` are refused.
    void send_all_but(const std::string& refused = "") {
        for (model::OutboxEvent event : store::OutboxRepository(*connection_).list("waiting", 99)) {
            event.state =
                event.receiver == refused ? model::OutboxState::Dead : model::OutboxState::Sent;
            event.attempts = 1;
            event.sent_at = clock_.now();
            store::OutboxRepository(*connection_).update(event);
        }
    }
    std::vector<std::string> receivers(const std::string& kind) {
        std::vector<std::string> out;
        for (const model::OutboxEvent& event : outbox(kind)) {
            out.push_back(event.receiver);
        }
        std::sort(out.begin(), out.end());
        return out;
    }
    std::string state_of(const std::string& month) {
        const auto rows =
            connection_->query("SELECT state FROM finding WHERE spell_id = $1 AND period = $2",
                               {heavy_, day(month + "-01")});
        return rows->next() ? rows->text(0) : "";
    }

    std::vector<std::int64_t> peers_;
    std::int64_t heavy_ = 0;
};

using Names = std::vector<std::string>;

TEST_P(TellingTest, AWarningIsToldOnceHoweverOftenTheMonthIsEvaluated) {
    work(heavy_, "2024-03", 1000, 80);

    evaluate_in("2024-04-10");
    send_all_but();
    defect(peers_[0], "2024-03", 1, "OP010");  // the finding's numbers change
    const EvaluationReport again = evaluate_in("2024-04-11");

    EXPECT_EQ(again.changed, 1);
    EXPECT_EQ(again.announced, 0);
    EXPECT_EQ(receivers("warning_card"), (Names{"hr01", "hr02"}));
}

TEST_P(TellingTest, AWarningThatGoesOnHasNoSecondCard) {
    work(heavy_, "2024-03", 1000, 80);
    work(heavy_, "2024-04", 1000, 85);
    evaluate_in("2024-04-10");
    send_all_but();

    const EvaluationReport april = evaluate_in("2024-05-10");

    EXPECT_EQ(april.findings.size(), 1U);
    EXPECT_EQ(april.announced, 0);
    EXPECT_EQ(state_of("2024-03"), "raised");
    EXPECT_EQ(state_of("2024-04"), "raised");
}

TEST_P(TellingTest, AWarningEndsWithAGoodMonthAndANewOneIsTold) {
    work(heavy_, "2024-03", 1000, 80);
    work(heavy_, "2024-04", 1000, 30);
    work(heavy_, "2024-05", 1000, 80);
    evaluate_in("2024-04-10");
    send_all_but();
    evaluate_in("2024-05-10");
    EXPECT_EQ(state_of("2024-03"), "ended");

    const EvaluationReport may = evaluate_in("2024-06-10");

    EXPECT_EQ(may.announced, 2);
    EXPECT_EQ(outbox("warning_card").size(), 4U);
    EXPECT_TRUE(outbox("retraction_card").empty()) << "it was right in its month";
}

TEST_P(TellingTest, AMonthWithTooFewPiecesDoesNotEndAWarning) {
    work(heavy_, "2024-03", 1000, 80);
    work(heavy_, "2024-04", 50, 1);
    evaluate_in("2024-04-10");

    evaluate_in("2024-05-10");

    EXPECT_EQ(state_of("2024-03"), "raised");
}

TEST_P(TellingTest, ARetractionGoesToThoseWhoGotTheWarning) {
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    send_all_but("hr02");
    announcer_.receivers = {"hr01", "hr02", "hr03"};
    remove_defects("2024-03");

    const EvaluationReport report = evaluate_in("2024-04-11");

    EXPECT_EQ(report.retracted, 1);
    EXPECT_EQ(receivers("retraction_card"), (Names{"hr01"}));
    EXPECT_EQ(cards_.back().title, "撤回：绩效预警 2024-03");
    EXPECT_EQ(cards_.back().answer_key, "");
    evaluate_in("2024-04-12");
    EXPECT_EQ(outbox("retraction_card").size(), 1U);
}

TEST_P(TellingTest, ARetractionStillKnowsWhoGotTheWarningAfterOldMessagesAreDeleted) {
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    send_all_but("hr02");
    announcer_.receivers = {"hr01", "hr02", "hr03"};
    store::OutboxRepository(*connection_).purge(clock_.now() + std::chrono::hours(1));
    remove_defects("2024-03");

    evaluate_in("2024-04-11");

    EXPECT_EQ(receivers("retraction_card"), (Names{"hr01"}));
    EXPECT_EQ(store::OutboxRepository(*connection_).purge(clock_.now() + std::chrono::hours(1)), 1)
        << "once taken back, the warning's message goes with age";
}

// As `hrbridge outbox retry` leaves a message that may have arrived.
TEST_P(TellingTest, ARetractionAlsoGoesToWhomAMessageSentAgainMayHaveReached) {
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    const auto waiting = outbox("warning_card");
    ASSERT_EQ(waiting.size(), 2U);
    model::OutboxEvent again = waiting.front();
    again.last_code = "unknown";
    store::OutboxRepository(*connection_).update(again);
    remove_defects("2024-03");

    evaluate_in("2024-04-11");

    EXPECT_EQ(receivers("retraction_card"), (Names{again.receiver}));
}

TEST_P(TellingTest, AWarningThatWasNotSentYetIsWithdrawnInSilence) {
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    remove_defects("2024-03");

    evaluate_in("2024-04-11");

    EXPECT_TRUE(outbox("warning_card").empty());
    EXPECT_TRUE(outbox("retraction_card").empty());
}

TEST_P(TellingTest, ACardUnderWayMayHaveArrivedAndIsTakenBack) {
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    store::OutboxRepository messages(*connection_);
    auto tried = messages.claim(clock_.now(), std::chrono::seconds(60), 2);
    tried.at(0).state = model::OutboxState::Waiting;  // tried, the outcome is not known
    messages.update(tried.at(0));
    remove_defects("2024-03");

    evaluate_in("2024-04-11");

    EXPECT_EQ(receivers("retraction_card"), (Names{"hr01", "hr02"}));
    std::vector<std::string> states;
    for (const model::OutboxEvent& event : outbox("warning_card")) {
        if (event.state == model::OutboxState::Dead) {
            EXPECT_EQ(event.last_code, "unknown, then withdrawn");
            EXPECT_FALSE(event.request.empty()) << "an answer to it is known";
            states.push_back(event.receiver);
        }
    }
    EXPECT_EQ(states, Names{tried.at(0).receiver}) << "what waits is sent no more";
}

TEST_P(TellingTest, ARetractionThatNobodyCouldBeToldIsToldWhenSomebodyCan) {
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    send_all_but("hr02");
    remove_defects("2024-03");
    tells_ = false;
    EXPECT_EQ(evaluate_in("2024-04-11").retracted, 1);
    EXPECT_TRUE(outbox("retraction_card").empty());
    tells_ = true;

    evaluate_in("2024-04-12");

    EXPECT_EQ(receivers("retraction_card"), (Names{"hr01"}));
    evaluate_in("2024-04-13");
    EXPECT_EQ(outbox("retraction_card").size(), 1U);
}

TEST_P(TellingTest, AWarningThatIsTakenBackWhileNobodyCanBeToldIsNotSentLater) {
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    remove_defects("2024-03");
    tells_ = false;
    evaluate_in("2024-04-11");
    EXPECT_TRUE(store::OutboxRepository(*connection_).list("waiting", 9).empty());
    tells_ = true;

    evaluate_in("2024-04-12");

    EXPECT_TRUE(outbox("retraction_card").empty()) << "nobody can have got it";
    defect(heavy_, "2024-03", 80, "OP010");
    EXPECT_EQ(evaluate_in("2024-04-13").announced, 2) << "it holds again";
}

TEST_P(TellingTest, ARetractionAlsoGoesToWhomARefusedMessageMayHaveReachedBefore) {
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    send_all_but();
    connection_->execute(
        "UPDATE outbox SET state = 'uncertain', last_code = 'unknown, then 81013' "
        "WHERE receiver = 'hr02'",
        {});
    remove_defects("2024-03");

    evaluate_in("2024-04-11");

    EXPECT_EQ(receivers("retraction_card"), (Names{"hr01", "hr02"}));
}

TEST_P(TellingTest, ACardThatWaitsIsSentWithTheNumbersThatHold) {
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    store::OutboxRepository messages(*connection_);
    auto tried = messages.claim(clock_.now(), std::chrono::seconds(60), 1);
    tried.at(0).state = model::OutboxState::Waiting;
    messages.update(tried.at(0));
    defect(heavy_, "2024-03", 10, "OP010");

    EXPECT_EQ(evaluate_in("2024-04-11").announced, 0);

    for (const model::OutboxEvent& event : outbox("warning_card")) {
        const bool untried = event.receiver != tried.at(0).receiver;
        EXPECT_EQ(event.request.find("9.0%") != std::string::npos, untried) << event.request;
    }
    defect(heavy_, "2024-03", 10, "OP010");
    evaluate_in("2024-05-10");
    EXPECT_EQ(std::count_if(cards_.begin(),
                            cards_.end(),
                            [](const CardText& card) { return card.emphasis == "10.0%"; }),
              2)
        << "also when a later month is evaluated";
}

TEST_P(TellingTest, ADigestThatWaitsCountsTheWatchesThatThereAre) {
    policy_.defect_level.mode = Mode::Watch;
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    work(add_person("E2", "T1"), "2024-03", 1000, 90);
    evaluate_in("2024-04-11");
    for (const model::OutboxEvent& event : outbox("watch_digest")) {
        EXPECT_NE(event.request.find("|2|"), std::string::npos) << event.request;
    }
    connection_->execute("DELETE FROM defect", {});

    evaluate_in("2024-04-12");

    EXPECT_TRUE(outbox("watch_digest").empty());
}

TEST_P(TellingTest, AWarningThatWeakensToAWatchIsTakenBack) {
    policy_.defect_level.alpha = 0.01;
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    send_all_but();
    remove_defects("2024-03");
    defect(heavy_, "2024-03", 47, "OP010");

    const EvaluationReport report = evaluate_in("2024-04-11");

    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings[0].level, model::FindingLevel::Watch);
    EXPECT_EQ(receivers("retraction_card"), (Names{"hr01", "hr02"}));
}

TEST_P(TellingTest, AWarningThatHoldsAgainAfterItsRetractionIsToldAgain) {
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    send_all_but();
    remove_defects("2024-03");
    evaluate_in("2024-04-11");
    send_all_but();
    defect(heavy_, "2024-03", 80, "OP010");

    const EvaluationReport report = evaluate_in("2024-04-12");

    EXPECT_EQ(report.announced, 2);
    EXPECT_EQ(outbox("warning_card").size(), 4U);
    EXPECT_EQ(evaluate_in("2024-04-13").announced, 0);
}

TEST_P(TellingTest, ACorrectionInALaterMonthStillRetracts) {
    work(heavy_, "2024-03", 1000, 80);
    work(heavy_, "2024-04", 1000, 30);
    evaluate_in("2024-04-10");
    send_all_but();
    evaluate_in("2024-05-10");
    remove_defects("2024-03");

    const EvaluationReport report = evaluate_in("2024-05-11");

    EXPECT_EQ(report.retracted, 1);
    EXPECT_EQ(state_of("2024-03"), "retracted");
    EXPECT_EQ(receivers("retraction_card"), (Names{"hr01", "hr02"}));
}

TEST_P(TellingTest, AMonthWhoseFirstCardIsTakenBackGetsItsOwn) {
    work(heavy_, "2024-03", 1000, 80);
    work(heavy_, "2024-04", 1000, 85);
    evaluate_in("2024-04-10");
    evaluate_in("2024-05-10");
    send_all_but();
    remove_defects("2024-03");

    const EvaluationReport report = evaluate_in("2024-05-11");

    EXPECT_EQ(state_of("2024-03"), "retracted");
    EXPECT_EQ(state_of("2024-04"), "raised");
    EXPECT_EQ(receivers("retraction_card"), (Names{"hr01", "hr02"}));
    EXPECT_EQ(outbox("warning_card").size(), 4U);
    EXPECT_EQ(report.announced, 4);
}

TEST_P(TellingTest, ThereIsOneDigestAMonthWhateverTheWatches) {
    policy_.defect_level.mode = Mode::Watch;
    work(heavy_, "2024-03", 1000, 80);
    evaluate_in("2024-04-10");
    work(add_person("E2", "T1"), "2024-03", 1000, 90);

    const EvaluationReport again = evaluate_in("2024-04-11");

    EXPECT_EQ(again.findings.size(), 2U);
    EXPECT_EQ(again.announced, 0);
    EXPECT_EQ(receivers("watch_digest"), (Names{"hr01", "hr02"}));
    evaluate_in("2024-05-10");
    EXPECT_EQ(outbox("watch_digest").size(), 2U) << "nobody to watch in April";
}

INSTANTIATE_TEST_SUITE_P(OnBoth,
                         TellingTest,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::pip
