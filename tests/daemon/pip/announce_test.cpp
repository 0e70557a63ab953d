#include "daemon/pip/announce.h"

#include <gtest/gtest.h>

#include "tests/daemon/pip/factory.h"

namespace hrbridge::pip {
namespace {

class Announce : public Factory {
  protected:
    std::int64_t add_heavy(const std::string& name) {
        add_peers("T1", {"2024-04"});
        const std::int64_t heavy = add_person("E1", "T1", name);
        work(heavy, "2024-04", 1000, 80);
        return heavy;
    }
};

TEST_P(Announce, ATabInANameDoesNotStopTheCard) {
    add_heavy("何\t平波\x7F\xE2\x80\xAE");

    const EvaluationReport report = evaluate_now();

    const auto cards = outbox("warning_card");
    ASSERT_EQ(cards.size(), 1U);
    EXPECT_EQ(cards[0].state, model::OutboxState::Waiting);
    EXPECT_EQ(cards_.front().description, "E1 何 平波 · T1");
    EXPECT_TRUE(report.unbuilt.empty());
}

TEST_P(Announce, ACardThatCannotBeBuiltIsADeadMessageAndTheFindingsStay) {
    add_heavy("张三");
    refuse_cards_ = true;

    const EvaluationReport report = evaluate_now();
    const EvaluationReport again = evaluate_now();

    const auto cards = outbox("warning_card");
    ASSERT_EQ(cards.size(), 1U);
    EXPECT_EQ(cards[0].state, model::OutboxState::Dead);
    EXPECT_EQ(cards[0].last_error, "message.userid: must have 1 to 64 bytes, has 0");
    EXPECT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(count("finding"), 1);
    ASSERT_EQ(report.unbuilt.size(), 1U);
    EXPECT_EQ(report.unbuilt[0].task, cards[0].event_key);
    EXPECT_TRUE(again.unbuilt.empty()) << "said once";
}

TEST_P(Announce, ACardThatCanBeBuiltAtLastTakesTheDeadOnesPlace) {
    add_heavy("张三");
    refuse_cards_ = true;
    evaluate_now();
    refuse_cards_ = false;

    const EvaluationReport report = evaluate_now();

    const auto cards = outbox("warning_card");
    ASSERT_EQ(cards.size(), 1U);
    EXPECT_EQ(cards[0].state, model::OutboxState::Waiting);
    EXPECT_FALSE(cards[0].request.empty());
    EXPECT_FALSE(cards[0].last_error);
    EXPECT_EQ(report.announced, 1);
}

INSTANTIATE_TEST_SUITE_P(OnBoth,
                         Announce,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::pip
