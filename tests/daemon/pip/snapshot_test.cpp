#include <functional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/daemon/pip/factory.h"
#include "tests/support/meddling_connection.h"

namespace hrbridge::pip {
namespace {

// SQLite lets no other write while an evaluation runs.
class EvaluationBesideWriters : public Factory {
  protected:
    void SetUp() override {
        Factory::SetUp();
        other_ = (*store_)->connect();
        add_peers("T1", {"2024-04"});
        heavy_ = add_person("E1", "T1");
        work(heavy_, "2024-04", 1000, 80);
    }
    EvaluationReport evaluate_while(const std::string& words, const std::string& other_does) {
        test::MeddlingConnection meddling(
            *connection_, words, [&] { other_->execute(other_does, {heavy_}); });
        EvaluationReport report = evaluate(
            {meddling, policy_, *base::Zone::find("Asia/Shanghai"), clock_.now(), &announcer_});
        EXPECT_TRUE(meddling.happened());
        return report;
    }

    std::unique_ptr<store::sql::Connection> other_;
    std::int64_t heavy_ = 0;
};

TEST_P(EvaluationBesideWriters, CausesAddUpToTheFindingThoughADefectChangesMeanwhile) {
    const EvaluationReport report = evaluate_while(
        "LEFT JOIN cause_code", "UPDATE defect SET qty = 83 WHERE responsible_spell_id = $1");

    ASSERT_EQ(report.findings.size(), 1U);
    const auto evidence = nlohmann::json::parse(report.findings[0].evidence);
    ASSERT_EQ(evidence["causes"].size(), 1U);
    EXPECT_EQ(evidence["causes"][0]["bad"], 80);
    EXPECT_EQ(evidence["subject"]["bad"], 80);
    EXPECT_EQ(nlohmann::json::parse(evaluate_now().findings.at(0).evidence)["subject"]["bad"], 83);
}

TEST_P(EvaluationBesideWriters, AConflictingWriteHasItRunAgain) {
    evaluate_now();
    connection_->execute("UPDATE defect SET qty = 90 WHERE responsible_spell_id = $1", {heavy_});

    const EvaluationReport report = evaluate_while(
        "UPDATE finding SET", "UPDATE finding SET rule_version = 99 WHERE spell_id = $1");

    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(nlohmann::json::parse(report.findings[0].evidence)["subject"]["bad"], 90);
    EXPECT_EQ(report.changed, 1);
    EXPECT_EQ(store::FindingRepository(*connection_).find(report.findings[0].id)->rule_version,
              report.findings[0].rule_version);
    EXPECT_EQ(outbox("warning_card").size(), 1U);
}

class EvaluationBesideTheDispatcher : public Factory {
  protected:
    static constexpr std::size_t kCards = 8;

    void SetUp() override {
        Factory::SetUp();
        other_ = (*store_)->connect();
        add_peers("T1", {"2024-04"});
        for (std::size_t i = 0; i < kCards; ++i) {
            heavy_.push_back(add_person("E" + std::to_string(i), "T1"));
            work(heavy_.back(), "2024-04", 1000, 90);
        }
        evaluate_now();
        ASSERT_EQ(outbox("warning_card").size(), kCards);
    }
    // With another connection's `doing` before each of its statements with `words`.
    EvaluationReport evaluate_while(const std::string& words, const std::function<void()>& doing) {
        test::MeddlingConnection meddling(*connection_, words, doing, 100);
        EvaluationReport report = evaluate(
            {meddling, policy_, *base::Zone::find("Asia/Shanghai"), clock_.now(), &announcer_});
        EXPECT_TRUE(meddling.happened());
        return report;
    }
    std::vector<model::OutboxEvent> take(std::size_t limit) {
        return store::OutboxRepository(*other_).claim(
            clock_.now(), std::chrono::seconds(300), limit);
    }

    std::unique_ptr<store::sql::Connection> other_;
    std::vector<std::int64_t> heavy_;
};

TEST_P(EvaluationBesideTheDispatcher, CardsThatAreSentMeanwhileAreNoConflict) {
    auto taken = take(kCards);

    // Once an attempt.
    const EvaluationReport report = evaluate_while("open_rows FROM evaluation ", [&] {
        if (!taken.empty()) {
            taken.back().state = model::OutboxState::Sent;
            store::OutboxRepository(*other_).update(taken.back());
            taken.pop_back();
        }
    });

    EXPECT_EQ(report.findings.size(), kCards);
    EXPECT_EQ(outbox("warning_card").size(), kCards);
}

TEST_P(EvaluationBesideTheDispatcher, CardsThatAreTakenMeanwhileAreLeftAndTheOthersWrittenAnew) {
    for (const std::int64_t spell : heavy_) {
        connection_->execute("UPDATE defect SET qty = 93 WHERE responsible_spell_id = $1", {spell});
    }
    std::size_t taken = 0;

    evaluate_while(" outbox ", [&] { taken += take(1).size(); });

    std::size_t anew = 0;
    for (const model::OutboxEvent& card : outbox("warning_card")) {
        anew += card.request.find("93") != std::string::npos ? 1U : 0U;
    }
    EXPECT_EQ(anew + taken, kCards);
    EXPECT_EQ(take(kCards).size() + taken, kCards);
}

// As after an hour in which the platform did not answer.
TEST_P(EvaluationBesideTheDispatcher, CardsThatWaitAfterAnAttemptCanAllBeWithdrawn) {
    connection_->execute("UPDATE outbox SET attempts = 1, first_attempt = $1", {clock_.now()});
    for (const std::int64_t spell : heavy_) {
        connection_->execute("UPDATE defect SET qty = 1 WHERE responsible_spell_id = $1", {spell});
    }

    const EvaluationReport report = evaluate_while("open_rows FROM evaluation ", [&] { take(1); });

    EXPECT_EQ(report.retracted, static_cast<std::int64_t>(kCards));
}

INSTANTIATE_TEST_SUITE_P(OnPostgres,
                         EvaluationBesideTheDispatcher,
                         testing::Values("postgres"),
                         store::store_name);
INSTANTIATE_TEST_SUITE_P(OnPostgres,
                         EvaluationBesideWriters,
                         testing::Values("postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::pip
