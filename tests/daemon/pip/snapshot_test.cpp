#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/daemon/pip/factory.h"
#include "tests/daemon/pip/meddling_connection.h"

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
        MeddlingConnection meddling(
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

INSTANTIATE_TEST_SUITE_P(OnPostgres,
                         EvaluationBesideWriters,
                         testing::Values("postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::pip
