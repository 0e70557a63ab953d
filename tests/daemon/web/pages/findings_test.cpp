#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/pip/kpi.h"
#include "tests/daemon/web/support/site.h"

namespace hrbridge::web {
namespace {

using testing::HasSubstr;
using testing::Not;

class FindingsPage : public testing::Test {
  protected:
    // An evaluation of May 2024.
    static model::Evaluation evaluation(const std::string& rule, const std::string& mode) {
        model::Evaluation out;
        out.rule = rule;
        out.kpi_code = pip::kDefectRate;
        out.period = *base::parse_date("2024-05-01");
        out.people = 41;
        out.chance_warnings = "0.0004";
        out.chance_watches = "1.25";
        out.policy = R"({")" + rule + R"(":{"mode":")" + mode + R"("}})";
        return out;
    }
    void save(const model::Evaluation& each) {
        store::FindingRepository(*site_.connect()).save(each);
    }
    std::string page() { return site_.get("/findings", site_.login("hr"), {{"lang", "zh"}}).body; }

    Site site_;
};

TEST_F(FindingsPage, ShowsWhatChanceAloneWouldGiveNeverRoundedDown) {
    save(evaluation("R1", "warn"));

    EXPECT_THAT(page(), HasSubstr("R1"));
    EXPECT_THAT(page(), HasSubstr("2024-05"));
    EXPECT_THAT(page(), HasSubstr("41"));
    EXPECT_THAT(page(), HasSubstr("0.001"));
    EXPECT_THAT(page(), HasSubstr("1.3"));
    EXPECT_THAT(page(), Not(HasSubstr("影子模式")));
    EXPECT_THAT(page(), Not(HasSubstr("被拒收或等待中")));
}

TEST_F(FindingsPage, SaysOfARuleInShadowThatItOnlyCounts) {
    save(evaluation("R1", "shadow"));
    save(evaluation("R2", "watch"));

    const std::string body = page();
    EXPECT_THAT(body, HasSubstr("影子模式：只计数，不发出"));
    EXPECT_EQ(body.find("影子模式"), body.rfind("影子模式")) << "of the one rule only";
}

TEST_F(FindingsPage, CountsTheRowsThatAreMissingFromTheMonths) {
    model::Evaluation each = evaluation("R1", "warn");
    each.open_rows = 17;
    each.not_compared = {{"no_team", 2}, {"inconsistent", 3}};
    save(each);

    EXPECT_THAT(page(), HasSubstr("被拒收或等待中、可能属于这些月份的行数 17"));
    EXPECT_THAT(page(), HasSubstr("记录不一致 3、无班组 2"));
}

TEST_F(FindingsPage, SaysWhichMappingAMonthWaitsForAndHowFarItIsRead) {
    EXPECT_THAT(page(), Not(HasSubstr("尚未评估")));

    model::EvaluationWait wait;
    wait.period = *base::parse_date("2024-06-01");
    wait.mapping = "mes/defect";
    wait.read_until = base::parse_timestamp("2024-06-28 07:30:00Z");
    store::FindingRepository(*site_.connect()).set_wait(std::string(pip::kDefectRate), wait);
    EXPECT_THAT(page(), HasSubstr("尚未评估"));
    EXPECT_THAT(page(), HasSubstr("2024-06 · mes/defect · 已读到 2024-06-28 07:30"));

    wait.read_until.reset();
    store::FindingRepository(*site_.connect()).set_wait(std::string(pip::kDefectRate), wait);
    EXPECT_THAT(page(), HasSubstr("已读到 尚未完整读完"));
}

}  // namespace
}  // namespace hrbridge::web
