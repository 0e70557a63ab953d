#include "daemon/pip/kpi_facts.h"

#include <gtest/gtest.h>

#include "daemon/pip/kpi.h"
#include "tests/daemon/pip/factory.h"

namespace hrbridge::pip {
namespace {

class KpiFacts : public Factory {
  protected:
    std::vector<model::KpiFact> defect_rate() {
        return measure_defect_rate(
            *connection_, *base::Zone::find("Asia/Shanghai"), day("2024-03-01"), day("2024-05-01"));
    }
    std::vector<model::KpiFact> output() {
        return measure_output(*connection_, day("2024-03-01"), day("2024-05-01"));
    }
    // "spell month operation group numerator/denominator"
    static std::string text(const model::KpiFact& fact) {
        return base::to_string(fact.period).substr(0, 7) + " " + fact.operation + " " +
               fact.peer_group + " " + std::to_string(fact.numerator) + "/" +
               std::to_string(fact.denominator);
    }
    // Of the newest report, in UTC.
    void hours(const std::string& started_at, const std::string& ended_at) {
        connection_->execute(
            "UPDATE production_fact SET started_at = $1, ended_at = $2 "
            "WHERE id = (SELECT max(id) FROM production_fact)",
            {*base::parse_timestamp(started_at), *base::parse_timestamp(ended_at)});
    }
    static std::vector<std::string> texts(const std::vector<model::KpiFact>& facts) {
        std::vector<std::string> out;
        for (const model::KpiFact& fact : facts) {
            out.push_back(text(fact));
        }
        return out;
    }
};

using Texts = std::vector<std::string>;

TEST_P(KpiFacts, CountGoodScrapAndReworkByMonthAndOperation) {
    const std::int64_t worker = add_person("E1", "T1");
    report(worker, "2024-03-31", {90, 6, 4});
    report(worker, "2024-04-01", {45, 3, 2});
    report(worker, "2024-04-30", {50, 0, 0}, "OP020");
    report(worker, "2024-02-29", {7, 0, 0});
    report(worker, "2024-05-01", {7, 0, 0});

    EXPECT_EQ(texts(defect_rate()),
              (Texts{"2024-03 OP010 T1/OP010 0/100",
                     "2024-04 OP010 T1/OP010 0/50",
                     "2024-04 OP020 T1/OP020 0/50"}));
}

TEST_P(KpiFacts, ChargeADefectToItsMakerInTheMonthAndAtTheOperationWhereHeMadeIt) {
    const std::int64_t worker = add_person("E1", "T1");
    const std::int64_t inspector = add_person("E2", "T1");
    report(worker, "2024-03-31", {100, 0, 0});
    report(worker, "2024-04-20", {100, 0, 0});
    report(worker, "2024-04-01", {50, 0, 0}, "OP020");
    report(worker, "2024-04-30", {50, 0, 0}, "OP020");
    report(worker, "2024-05-01", {100, 0, 0});
    found_defect(inspector, worker, "2024-03-31", 3);
    found_defect(inspector, worker, "2024-04-01", 5, "OP020");
    found_defect(inspector, worker, "2024-04-30", 2, "OP020");
    found_defect(inspector, worker, "2024-05-01", 40);

    EXPECT_EQ(texts(defect_rate()),
              (Texts{"2024-03 OP010 T1/OP010 3/100",
                     "2024-04 OP010 T1/OP010 0/100",
                     "2024-04 OP020 T1/OP020 7/100"}));
}

TEST_P(KpiFacts, CountNoDefectOfADayOnWhichItsMakerHasNoReportAtTheOperation) {
    const std::int64_t worker = add_person("E1", "T1");
    const std::int64_t other = add_person("E2", "T1");
    report(worker, "2024-04-09", {100, 0, 0});
    report(worker, "2024-04-10", {100, 0, 0}, "OP020");
    report(worker, "2024-04-11", {100, 0, 0});
    report(other, "2024-04-10", {100, 0, 0});
    defect(worker, "2024-04", 7, "OP010");

    const auto facts = defect_rate();

    EXPECT_EQ(texts(facts),
              (Texts{"2024-04 OP010 T1/OP010 0/200",
                     "2024-04 OP020 T1/OP020 0/100",
                     "2024-04 OP010 T1/OP010 0/100"}));
    EXPECT_EQ(facts[0].unplaced, 7);
    EXPECT_EQ(facts[1].unplaced, 0);
    EXPECT_EQ(facts[2].unplaced, 0);
}

TEST_P(KpiFacts, CountNoDefectOfADayThatHasMoreOfThemThanPieces) {
    const std::int64_t worker = add_person("E1", "T1");
    report(worker, "2024-04-10", {20, 0, 0});
    report(worker, "2024-04-20", {100, 0, 0});
    defect(worker, "2024-04", 15, "OP010");
    defect(worker, "2024-04", 6, "OP010");
    found_defect(worker, worker, "2024-04-20", 3);

    const auto facts = defect_rate();

    EXPECT_EQ(texts(facts), (Texts{"2024-04 OP010 T1/OP010 3/120"}));
    EXPECT_EQ(facts[0].unplaced, 21);
}

TEST_P(KpiFacts, ChargeADefectMadeAfterMidnightToTheShiftThatReachedIntoTheDay) {
    const std::int64_t by_start = add_person("E1", "T1");
    const std::int64_t by_end = add_person("E2", "T1");
    const std::int64_t by_day = add_person("E3", "T1");
    for (const std::int64_t spell : {by_start, by_end, by_day}) {
        found_defect(spell, spell, "2024-04-01", 4);
        found_defect(spell, spell, "2024-03-31", 1);
    }
    // In Shanghai 22:00 of 31 March to 06:00 of 1 April, and 08:00 to 17:00 of 31 March.
    report(by_start, "2024-03-31", {100, 0, 0});
    hours("2024-03-31 14:00:00Z", "2024-03-31 22:00:00Z");
    report(by_end, "2024-04-01", {100, 0, 0});
    hours("2024-03-31 14:00:00Z", "2024-03-31 22:00:00Z");
    report(by_day, "2024-03-31", {100, 0, 0});
    hours("2024-03-31 00:00:00Z", "2024-03-31 09:00:00Z");

    const auto facts = defect_rate();

    EXPECT_EQ(texts(facts),
              (Texts{"2024-03 OP010 T1/OP010 5/100",
                     "2024-04 OP010 T1/OP010 5/100",
                     "2024-03 OP010 T1/OP010 1/100",
                     "2024-04 OP010 T1/OP010 0/0"}));
    EXPECT_EQ(facts[3].unplaced, 4);
}

TEST_P(KpiFacts, KnowNoInspectorAndNoDefectThatNobodyIsKnownToHaveMade) {
    const std::int64_t worker = add_person("E1", "T1");
    const std::int64_t inspector = add_person("E2", "T1");
    report(worker, "2024-04-20", {100, 0, 0});
    report(inspector, "2024-04-20", {800, 200, 0}, "QC900");
    found_defect(inspector, 0, "2024-04-20", 200);
    found_defect(inspector, inspector, "2024-04-20", 50, "QC900");

    EXPECT_EQ(texts(defect_rate()), (Texts{"2024-04 OP010 T1/OP010 0/100"}));
}

TEST_P(KpiFacts, TakeTheTeamOfAtLeastHalfTheMonth) {
    const std::int64_t mover = add_person("E1", "T1");
    const std::int64_t late_mover = add_person("E2", "T1");
    const std::int64_t nobody = add_person("E3", "");
    move(mover, "T2", "2024-04-15");
    move(late_mover, "T2", "2024-04-17");
    for (const std::int64_t spell : {mover, late_mover, nobody}) {
        report(spell, "2024-04-20", {100, 0, 0});
    }

    EXPECT_EQ(texts(defect_rate()),
              (Texts{"2024-04 OP010 T2/OP010 0/100",
                     "2024-04 OP010 T1/OP010 0/100",
                     "2024-04 OP010  0/100"}));
}

TEST_P(KpiFacts, MeasureOutputOnlyWhereThereIsATarget) {
    const std::int64_t worker = add_person("E1", "T1");
    report(worker, "2024-04-10", {90, 6, 4, 80});
    report(worker, "2024-04-11", {500, 0, 0});
    report(worker, "2024-04-12", {30, 0, 0, 40}, "OP020");
    report(worker, "2024-04-12", {300, 0, 0, 40}, "QC900");

    EXPECT_EQ(texts(output()),
              (Texts{"2024-04 OP010 T1/OP010 100/80", "2024-04 OP020 T1/OP020 30/40"}));
}

TEST_P(KpiFacts, HaveALineageThatChangesWithAnySourceRow) {
    const std::int64_t worker = add_person("E1", "T1");
    work(worker, "2024-04", 100, 5);
    const std::string before = defect_rate().at(0).lineage;
    const std::string again = defect_rate().at(0).lineage;
    connection_->execute("UPDATE defect SET row_hash = $1", {hash()});

    EXPECT_EQ(before, again);
    EXPECT_NE(before, defect_rate().at(0).lineage);
}

TEST_P(KpiFacts, OfAnEarlierVersionGiveWayToThoseOfThisOne) {
    const std::int64_t worker = add_person("E1", "T1");
    work(worker, "2024-04", 100, 5);
    store::FindingRepository findings(*connection_);
    model::KpiFact old = defect_rate().at(0);
    old.kpi_version = 1;
    old.operation = "";
    findings.replace_facts(
        std::string(kDefectRate), day("2024-03-01"), day("2024-05-01"), {old}, clock_.now());

    evaluate_now();

    const auto facts =
        findings.facts(std::string(kDefectRate), day("2024-03-01"), day("2024-05-01"));
    ASSERT_EQ(facts.size(), 1U);
    EXPECT_EQ(facts[0].kpi_version, 3);
    EXPECT_EQ(facts[0].operation, "OP010");
}

INSTANTIATE_TEST_SUITE_P(OnBoth,
                         KpiFacts,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::pip
