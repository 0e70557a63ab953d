#include <gmock/gmock.h>

#include "daemon/app/retention_job.h"
#include "tests/daemon/app/support/people_bench.h"

namespace hrbridge::app {
namespace {

using test::PeopleBench;
using testing::HasSubstr;

// The company's facts are of May 2024; those of 2019 are older than 27 months by then.
class FactRetention : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        bench_.put("punch",
                   "id,emp,at\n1,E1,2019-05-06 08:00:00\n2,E2,2024-05-06 08:01:00\n3,E2,2022-01-31 "
                   "15:59:59\n4,E2,2022-01-31 16:00:00\n");
        bench_.put("fact",
                   "id,emp,day,good\nF0,E1,2019-05-06,7\nF1,E1,2022-01-31,100\nF2,E2,2022-02-01,"
                   "90\nF3,E2,2024-05-06,80\n");
        bench_.put("defect", "id,day,finder,maker\nD0,2019-05-06,E3,E1\nD1,2024-05-06,E1,E2\n");
        bench_.sync();
    }
    RetentionReport night(const std::string& retention) {
        bench_.settings("retention: {" + retention + "}\nzone: Asia/Shanghai\n");
        return delete_old_rows(*bench_.services(), {});
    }
    std::string facts() const {
        return bench_.list("SELECT fact_no FROM production_fact WHERE gone_at IS NULL ORDER BY 1");
    }
    std::string found_by_sweep(const std::string& mapping) const {
        const auto swept =
            bench_.run({"sync", mapping, "--sweep", "hashes", "--dry-run", "--json"});
        EXPECT_EQ(swept.exit, Exit::Done) << swept.out << swept.errors;
        return swept.json().dump();
    }
    PeopleBench bench_{GetParam()};
};

TEST_P(FactRetention, TheNightDeletesFactsPastTheirTermAndKeepsTheFirstDayOfIt) {
    EXPECT_EQ(night("facts_months: 27").facts, 5);

    EXPECT_EQ(facts(), "F2 F3");
    EXPECT_EQ(bench_.list("SELECT defect_no FROM defect"), "D1");
    EXPECT_EQ(bench_.list("SELECT punch_no FROM punch ORDER BY 1"), "2 4");
    EXPECT_EQ(bench_.count("employment_spell"), "3");
    EXPECT_EQ(night("facts_months: 27").facts, 0);
}

TEST_P(FactRetention, NoReadingBringsThemBackAndASweepMissesNone) {
    night("facts_months: 27");
    bench_.put("fact",
               "id,emp,day,good\nF0,E1,2019-05-06,8\nF1,E1,2022-01-31,100\nF2,E2,2022-02-01,90\nF3,"
               "E2,2024-05-06,80\nF4,E9,2018-01-01,1\n");

    bench_.sync();

    EXPECT_EQ(facts(), "F2 F3");
    EXPECT_EQ(bench_.count("reject"), "0") << "E9 is nobody, but the row is of 2018";
    EXPECT_THAT(
        bench_.run({"sync", "test/fact", "--full"}).out,
        HasSubstr("3 rows of days before 2022-02-01 were passed over: retention.facts_months"));
    for (const char* mapping : {"test/fact", "test/punch", "test/defect"}) {
        const std::string found = found_by_sweep(mapping);
        for (const char* kind : {"\"missing\":0", "\"added\":0", "\"changed\":0"}) {
            EXPECT_THAT(found, HasSubstr(kind)) << mapping;
        }
    }
}

TEST_P(FactRetention, WhatANightLeavesThatEndsBehindTheMoveIsNoDifferenceToASweep) {
    bench_.settings("retention: {facts_months: 27}\nzone: Asia/Shanghai\n");
    std::stop_source ended;
    ended.request_stop();
    EXPECT_THROW(delete_old_rows(*bench_.services(), ended.get_token()), base::Stopped);
    ASSERT_EQ(bench_.list("SELECT entity FROM fact_term"), "defect");
    ASSERT_EQ(bench_.list("SELECT defect_no FROM defect ORDER BY 1"), "D0 D1");

    EXPECT_THAT(found_by_sweep("test/defect"), HasSubstr("\"missing\":0"));

    EXPECT_EQ(night("facts_months: 27").facts, 5);
    EXPECT_EQ(bench_.list("SELECT defect_no FROM defect"), "D1");
}

TEST_P(FactRetention, AClockThatIsFarAheadDeletesNothingThatTheNewestFactsStillNeed) {
    night("facts_months: 120");

    EXPECT_EQ(facts(), "F0 F1 F2 F3") << "by today's clock alone 2016 would be the first year";
    EXPECT_EQ(bench_.list("SELECT kept_from FROM fact_term WHERE entity = 'production_fact'"),
              "2014-05-01");
}

TEST_P(FactRetention, ARowWhoseDayIsCorrectedToOneBeforeTheTermIsGone) {
    night("facts_months: 27");
    bench_.put("fact", "id,emp,day,good\nF2,E2,2022-02-01,90\nF3,E2,2014-05-06,80\n");

    bench_.sync();

    EXPECT_EQ(facts(), "F2");
}

TEST_P(FactRetention, OfTwoRowsOfOneKeyTheLaterOneDecidesAgainAndAgain) {
    night("facts_months: 27");
    bench_.put("fact",
               "id,emp,day,good\nF2,E2,2014-02-01,90\nF2,E2,2022-02-01,90\nF3,E2,2024-05-06,80\nF3,"
               "E2,2014-05-06,80\n");
    for (int reading = 0; reading < 3; ++reading) {
        bench_.sync();
        EXPECT_EQ(facts(), "F2");
    }
}

TEST_P(FactRetention, ATermDoesNotGoBackForAClockOrAnEvaluation) {
    night("facts_months: 27");
    bench_.change("UPDATE fact_term SET kept_from = kept_from + 365");

    EXPECT_EQ(night("facts_months: 27").facts, 0);

    EXPECT_EQ(bench_.list("SELECT kept_from FROM fact_term WHERE entity = 'production_fact'"),
              "2023-02-01");
}

TEST_P(FactRetention, ALongerTermWaitsForRowsToCountFrom) {
    night("facts_months: 27");
    bench_.change("UPDATE production_fact SET gone_at = known_from");
    night("facts_months: 120");
    EXPECT_EQ(bench_.list("SELECT kept_from FROM fact_term WHERE entity = 'production_fact'"),
              "2022-02-01");

    bench_.sync();
    night("facts_months: 120");

    EXPECT_EQ(bench_.list("SELECT kept_from FROM fact_term WHERE entity = 'production_fact'"),
              "2014-05-01");
}

TEST_P(FactRetention, NothingIsDeletedBeforeAFirstLoadIsDone) {
    bench_.change(
        "INSERT INTO first_load (entity, name, mapping, definition, put_off_at) SELECT 'punch', "
        "'x', 'test/punch', '', known_from FROM person WHERE person_no = 'E1'");

    EXPECT_EQ(night("facts_months: 27").facts, 3);

    EXPECT_EQ(bench_.list("SELECT punch_no FROM punch ORDER BY 1"), "1 2 3 4");
}

TEST_P(FactRetention, ALongerTermBringsThemBackWithAFullReading) {
    night("facts_months: 27");

    night("facts_months: 120");
    bench_.sync();

    EXPECT_EQ(facts(), "F0 F1 F2 F3");
    night("facts_months: 27");
    EXPECT_EQ(facts(), "F2 F3");
    night("runs_days: 400");
    EXPECT_EQ(bench_.count("fact_term WHERE kept_from IS NOT NULL"), "0");
    bench_.sync();
    EXPECT_EQ(facts(), "F0 F1 F2 F3");
}

TEST_P(FactRetention, FactsOfPeopleOnHoldStay) {
    ASSERT_EQ(bench_.people("hold", "E1", {"--reason", "a dispute"}).exit, Exit::Done);

    night("facts_months: 27");
    bench_.sync();

    EXPECT_EQ(facts(), "F0 F1 F2 F3");
    EXPECT_EQ(bench_.list("SELECT punch_no FROM punch ORDER BY 1"), "1 2 4");
    EXPECT_THAT(found_by_sweep("test/fact"), HasSubstr("\"missing\":0"));
    ASSERT_EQ(bench_.people("release", "E1").exit, Exit::Done);
    night("facts_months: 27");
    EXPECT_EQ(facts(), "F2 F3");
}

TEST_P(FactRetention, ARefusedRowThatIsTooOldByNowGoesWhenItIsReplayed) {
    bench_.put(
        "fact",
        "id,emp,day,good\nF2,E2,2022-02-01,90\nF3,E2,2024-05-06,80\nF5,E2,2019-05-06,many\n");
    ASSERT_EQ(bench_.run({"sync", "test/fact"}).exit, Exit::Done);
    ASSERT_EQ(bench_.count("reject"), "1");
    night("facts_months: 27");

    EXPECT_EQ(bench_.run({"rejects", "replay", "test/fact"}).exit, Exit::Done);

    EXPECT_EQ(bench_.count("reject"), "0");
}

TEST_P(FactRetention, NothingIsDeletedWhileARehearsalIsKept) {
    bench_.change(
        "INSERT INTO rehearsal (module, number, project, plan_hash, mapping_set, state, actor, "
        "started_at) SELECT 'core', 3, 'p', 'h', 'm', 'loading', 'a', known_from FROM person WHERE "
        "person_no = 'E1'");

    EXPECT_EQ(night("facts_months: 27").facts, 0);

    EXPECT_EQ(facts(), "F0 F1 F2 F3");
    EXPECT_EQ(bench_.count("fact_term"), "0");
}

TEST_P(FactRetention, ATermThatTheRulesLookBehindIsRefused) {
    bench_.settings("retention: {facts_months: 26}\n");

    const auto ran = bench_.run({"sync", "all"});

    EXPECT_EQ(ran.exit, Exit::Usage);
    EXPECT_THAT(ran.errors + ran.out, HasSubstr("the rules look 24 months back: at least 27"));
}

INSTANTIATE_TEST_SUITE_P(BothStores,
                         FactRetention,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace hrbridge::app
