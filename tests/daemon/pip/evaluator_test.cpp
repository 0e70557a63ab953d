#include "daemon/pip/evaluator.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "daemon/pip/explain.h"
#include "tests/daemon/pip/factory.h"

namespace hrbridge::pip {
namespace {

using nlohmann::json;

class Evaluate : public Factory {
  protected:
    const model::Finding* find(const EvaluationReport& report,
                               const std::string& rule,
                               std::int64_t spell) {
        for (const model::Finding& finding : report.findings) {
            if (finding.rule == rule && finding.spell_id == spell) {
                return &finding;
            }
        }
        return nullptr;
    }
    const model::Evaluation& evaluation(const EvaluationReport& report, const std::string& rule) {
        for (const model::Evaluation& each : report.rules) {
            if (each.rule == rule) {
                return each;
            }
        }
        throw std::logic_error("not evaluated");
    }
    base::Value operation(const std::string& code) {
        return one("SELECT id FROM operation WHERE code = '" + code + "'");
    }
    void read(const std::string& mapping, const std::string& until) {
        model::Run run;
        run.mapping = mapping;
        run.mapping_hash = "hash";
        run.started_at = clock_.now();
        run.window_to = *base::parse_timestamp(until);
        store::RunRepository runs(*connection_);
        const std::int64_t id = runs.start(run);
        runs.finish(id, "done", clock_.now(), {});
        connection_->execute("DELETE FROM checkpoint WHERE mapping = $1", {mapping});
        connection_->execute(
            "INSERT INTO checkpoint (mapping, mapping_hash, run_id, position, complete, window_to, "
            "memory, updated_at) VALUES ($1, 'hash', $2, '', $3, $4, '', $5)",
            {mapping, id, true, *run.window_to, clock_.now()});
    }
    void refuse(const std::string& mapping,
                const std::string& first_seen,
                const std::string& state) {
        connection_->execute(
            "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, "
            "source_key, key_digest, packed_row, state, seen, first_seen, last_seen) VALUES "
            "($1, 'hash', 1, 'row', 'F01', 'qty', '', '', $2, $3, $4, 1, $5, $5)",
            {mapping, hash(), hash(), state, *base::parse_timestamp(first_seen)});
    }
    std::string state_of(std::int64_t id) {
        return store::FindingRepository(*connection_).find(id)->state;
    }
};

TEST_P(Evaluate, WarnsOfWhoMakesFarMoreDefectsThanHisPeers) {
    add_peers("T1", {"2024-04"});
    const std::int64_t heavy = add_person("E1", "T1");
    work(heavy, "2024-04", 1000, 80);

    const EvaluationReport report = evaluate_now();

    EXPECT_EQ(report.period, day("2024-04-01"));
    ASSERT_EQ(report.findings.size(), 1U);
    const model::Finding& finding = report.findings[0];
    EXPECT_EQ(finding.level, model::FindingLevel::Warning);
    EXPECT_EQ(finding.spell_id, heavy);
    EXPECT_EQ(finding.state, "raised");
    const json evidence = json::parse(finding.evidence);
    EXPECT_EQ(evidence["subject"]["bad"], 80);
    EXPECT_EQ(evidence["peers"]["bad"], 270);
    EXPECT_EQ(evidence["peers"]["n"], 9000);
    EXPECT_NEAR(evidence["gap"].get<double>(), 0.05, 1e-9);
}

TEST_P(Evaluate, WhoWasErasedIsComparedWithAndNothingIsFoundOfHim) {
    add_peers("T1", {"2024-04"});
    const std::int64_t erased = add_person("E1", "T1");
    work(erased, "2024-04", 1000, 80);
    const std::int64_t heavy = add_person("E2", "T1");
    work(heavy, "2024-04", 1000, 90);
    const json before = json::parse(find(evaluate_now(), "R1", heavy)->evidence);
    connection_->execute("DELETE FROM finding", {});
    connection_->execute(
        "INSERT INTO erasure (uid, erased_at, actor, cause, reason, digests_by, rows_deleted, "
        "rows_kept) "
        "VALUES ($2, $1, 'a', 'request', '', $2, 0, 0)",
        {clock_.now(), hash()});
    connection_->execute(
        "INSERT INTO erased_number (field, digest, row_id, erasure_id) SELECT "
        "'employment_spell.employee_no', $2, $1, id FROM erasure",
        {erased, hash()});

    const EvaluationReport report = evaluate_now();

    EXPECT_EQ(find(report, "R1", erased), nullptr);
    EXPECT_EQ(find(report, "R2", erased), nullptr);
    const model::Finding* const found = find(report, "R1", heavy);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(json::parse(found->evidence)["peers"], before["peers"]);
}

TEST_P(Evaluate, MonthsWhoseFactsAreDeletedKeepTheFiguresThatTheyHad) {
    add_peers("T1", {"2024-02", "2024-03", "2024-04"});
    const std::int64_t heavy = add_person("E1", "T1");
    for (const char* month : {"2024-02", "2024-03", "2024-04"}) {
        work(heavy, month, 1000, 60);
    }
    const std::string before = find(evaluate_now(), "R2", heavy)->evidence;
    connection_->execute(
        "INSERT INTO fact_term (entity, months, whole_from, moved_at, epoch, cleared_epoch) VALUES "
        "('production_fact', 0, $1, $2, 2, 1)",
        {day("2024-03-01"), clock_.now()});
    connection_->execute("DELETE FROM production_fact WHERE work_date < $1", {day("2024-03-01")});
    connection_->execute("DELETE FROM defect WHERE made_date < $1", {day("2024-03-01")});

    const EvaluationReport report = evaluate_now();

    EXPECT_EQ(report.facts_written, 0);
    ASSERT_NE(find(report, "R2", heavy), nullptr);
    EXPECT_EQ(find(report, "R2", heavy)->evidence, before);
}

TEST_P(Evaluate, TheSameFactsGiveTheSameFindingsAndNoWrites) {
    add_peers("T1", {"2024-04"});
    work(add_person("E1", "T1"), "2024-04", 1000, 80);
    const EvaluationReport first = evaluate_now();

    const EvaluationReport again = evaluate_now();

    EXPECT_EQ(again.facts_written, 0);
    EXPECT_EQ(again.changed, 0);
    EXPECT_EQ(again.retracted, 0);
    EXPECT_EQ(again.announced, 0);
    ASSERT_EQ(again.findings.size(), 1U);
    EXPECT_EQ(again.findings[0].id, first.findings[0].id);
    EXPECT_EQ(again.findings[0].inputs_hash, first.findings[0].inputs_hash);
}

TEST_P(Evaluate, AnInspectorIsNeverAccusedOfTheDefectsThatHeFound) {
    const auto peers = add_peers("T1", {"2024-02", "2024-03", "2024-04"});
    const std::int64_t inspector = add_person("E1", "T1");
    const std::int64_t also_works = add_person("E2", "T1");
    for (const char* month : {"2024-02", "2024-03", "2024-04"}) {
        const std::string date = std::string(month) + "-20";
        report(inspector, date, {700, 300, 0}, "QC900");
        found_defect(inspector, 0, date, 300);
        found_defect(inspector, inspector, date, 300, "QC900");
        found_defect(inspector, peers[0], date, 1);
        work(also_works, month, 1000, 30);
        report(also_works, date, {700, 300, 0}, "QC900");
        found_defect(also_works, 0, date, 300);
    }

    const EvaluationReport report = evaluate_now();

    EXPECT_EQ(find(report, "R1", inspector), nullptr);
    EXPECT_EQ(find(report, "R2", inspector), nullptr);
    EXPECT_EQ(find(report, "R1", also_works), nullptr);
    EXPECT_EQ(find(report, "R2", also_works), nullptr);
    EXPECT_EQ(evaluation(report, "R1").people, 10) << "nine peers and who also works";
    EXPECT_TRUE(evaluation(report, "R1").not_compared.empty());
}

TEST_P(Evaluate, WhoDoesAHarderOperationTooIsComparedWithThoseWhoDoIt) {
    add_peers("T1", {"2024-04"});
    for (int i = 0; i < 4; ++i) {
        work(add_person("H" + std::to_string(i), "T1"), "2024-04", 1000, 100, "OP020");
    }
    const std::int64_t both = add_person("E1", "T1");
    work(both, "2024-04", 100, 3);
    work(both, "2024-04", 1000, 100, "OP020");
    EXPECT_EQ(find(evaluate_now(), "R1", both), nullptr);

    connection_->execute("UPDATE production_fact SET operation_id = $1", {operation("OP010")});
    connection_->execute("UPDATE defect SET responsible_operation_id = $1", {operation("OP010")});
    EXPECT_NE(find(evaluate_now(), "R1", both), nullptr) << "were it all one operation";
}

TEST_P(Evaluate, TooFewPiecesRaiseNoFindingAndAreCounted) {
    add_peers("T1", {"2024-04"});
    const std::int64_t newcomer = add_person("E1", "T1");
    work(newcomer, "2024-04", 100, 60);

    const EvaluationReport report = evaluate_now();

    EXPECT_TRUE(report.findings.empty());
    EXPECT_EQ(evaluation(report, "R1").too_few_data, 1);
    EXPECT_EQ(evaluation(report, "R1").watches, 0);
    EXPECT_EQ(evaluation(report, "R2").watches, 0);
    EXPECT_EQ(count("finding"), 0);
}

TEST_P(Evaluate, WhoCannotBeComparedIsCountedByReasonAndKept) {
    add_peers("T1", {"2024-04"});
    work(add_person("E1", ""), "2024-04", 1000, 80);
    work(add_person("E2", "T2"), "2024-04", 1000, 80);
    work(add_person("E3", "T1"), "2024-04", 10, 5);
    defect(add_person("E4", "T1"), "2024-04", 5, "OP010");

    const EvaluationReport report = evaluate_now();

    const std::map<std::string, std::int64_t> expected{
        {"no_team", 1}, {"no_peers", 1}, {"too_few_pieces", 1}, {"inconsistent", 1}};
    EXPECT_EQ(evaluation(report, "R1").not_compared, expected);
    EXPECT_EQ(evaluation(report, "R2").not_compared, expected);
    EXPECT_EQ(evaluation(report, "R1").people, 9);
    const auto stored = store::FindingRepository(*connection_).evaluations(1);
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored[0].not_compared, expected);
}

TEST_P(Evaluate, NobodyIsWarnedOfForDefectsOfDaysWhoseReportsAreMissing) {
    add_peers("T1", {"2024-04"});
    const std::int64_t average = add_person("E1", "T1");
    report(average, "2024-04-20", {970, 30, 0});
    found_defect(average, average, "2024-04-20", 30);
    for (const char* lost : {"2024-04-05", "2024-04-06", "2024-04-07"}) {
        found_defect(average, average, lost, 20);
    }

    const EvaluationReport report = evaluate_now();

    EXPECT_EQ(find(report, "R1", average), nullptr);
    EXPECT_EQ(evaluation(report, "R1").people, 9);
    const std::map<std::string, std::int64_t> expected{{"inconsistent", 1}};
    EXPECT_EQ(evaluation(report, "R1").not_compared, expected);
}

TEST_P(Evaluate, AFindingLeavesOutTheFewDefectsThatBelongToNoReport) {
    add_peers("T1", {"2024-04"});
    const std::int64_t heavy = add_person("E1", "T1");
    work(heavy, "2024-04", 1000, 80);
    found_defect(heavy, heavy, "2024-04-05", 6);

    const json evidence = json::parse(evaluate_now().findings.at(0).evidence);

    EXPECT_EQ(evidence["subject"]["bad"], 80);
    EXPECT_EQ(evidence["causes"][0]["bad"], 80);
    EXPECT_EQ(evidence["left_out"], json::parse(R"([{"reason":"inconsistent","n":0,"bad":6}])"));
}

TEST_P(Evaluate, WhoseDefectsBelongToNoReportIsNobodysPeer) {
    const auto peers = add_peers("T1", {"2024-04"});
    const std::int64_t heavy = add_person("E1", "T1");
    work(heavy, "2024-04", 1000, 80);
    connection_->execute("UPDATE defect SET made_date = $2 WHERE responsible_spell_id = $1",
                         {peers[0], day("2024-04-11")});

    const json evidence = json::parse(evaluate_now().findings.at(0).evidence);

    EXPECT_EQ(evidence["peers"]["people"], 8);
    EXPECT_EQ(evidence["peers"]["n"], 8000);
    EXPECT_EQ(evidence["peers"]["bad"], 240);
}

TEST_P(Evaluate, AMonthWaitsUntilAllItsSourcesAreReadPastItsEnd) {
    add_peers("T1", {"2024-03", "2024-04"});
    const std::int64_t heavy = add_person("E1", "T1");
    work(heavy, "2024-04", 1000, 80);
    fed_by_ = {"mes/production_fact", "mes/defect"};
    read("mes/production_fact", "2024-04-30 16:00:00Z");  // 1 May in Shanghai
    EXPECT_EQ(evaluate_now().wait->mapping, "mes/defect");
    EXPECT_EQ(count("finding"), 0);
    EXPECT_EQ(count("evaluation"), 0);
    read("mes/defect", "2024-04-30 15:59:59Z");

    const EvaluationReport early = evaluate_now();

    ASSERT_TRUE(early.wait);
    EXPECT_EQ(early.wait->period, day("2024-04-01"));
    EXPECT_EQ(early.wait->mapping, "mes/defect");
    EXPECT_EQ(early.wait->read_until, base::parse_timestamp("2024-04-30 15:59:59Z"));
    EXPECT_EQ(early.period, day("2024-03-01")) << "which is read to its end";
    EXPECT_TRUE(early.findings.empty());
    EXPECT_EQ(store::FindingRepository(*connection_).wait("defect_rate"), early.wait);

    read("mes/defect", "2024-04-30 16:00:00Z");
    const EvaluationReport report = evaluate_now();

    EXPECT_FALSE(report.wait);
    EXPECT_EQ(report.period, day("2024-04-01"));
    EXPECT_NE(find(report, "R1", heavy), nullptr);
    EXPECT_FALSE(store::FindingRepository(*connection_).wait("defect_rate"));
}

TEST_P(Evaluate, AMonthOnceEvaluatedWaitsWhileAChangedMappingReadsAllAgain) {
    add_peers("T1", {"2024-04"});
    work(add_person("E1", "T1"), "2024-04", 1000, 80);
    fed_by_ = {"mes/defect"};
    read("mes/defect", "2024-05-02 00:00:00Z");
    evaluate_now();
    connection_->execute("UPDATE checkpoint SET mapping_hash = 'new'", {});
    connection_->execute("DELETE FROM defect", {});

    const EvaluationReport report = evaluate_now();

    EXPECT_TRUE(report.wait);
    EXPECT_FALSE(report.wait->read_until);
    EXPECT_EQ(report.retracted, 0);
    EXPECT_EQ(report.facts_written, 0);
}

TEST_P(Evaluate, AFindingSaysHowManyRowsOfItsSourcesAreOpen) {
    add_peers("T1", {"2024-04"});
    work(add_person("E1", "T1"), "2024-04", 1000, 80);
    fed_by_ = {"mes/defect"};
    read("mes/defect", "2024-05-02 00:00:00Z");
    refuse("mes/defect", "2024-04-11 00:00:00Z", "open");
    refuse("mes/defect", "2024-04-12 00:00:00Z", "open");
    refuse("mes/defect", "2024-04-13 00:00:00Z", "replayed");
    refuse("mes/defect", "2024-01-13 00:00:00Z", "open");
    refuse("erp/person", "2024-04-12 00:00:00Z", "open");
    const model::Finding before = evaluate_now().findings.at(0);

    EXPECT_EQ(json::parse(before.evidence)["open_rows"], 2);
    EXPECT_NE(explain(before, "E1", "en").find("2 rows"), std::string::npos);
    EXPECT_NE(explain(before, "E1", "zh").find("2 行"), std::string::npos);
    EXPECT_EQ(store::FindingRepository(*connection_).evaluations(1).at(0).open_rows, 2);
    refuse("mes/defect", "2024-04-14 00:00:00Z", "open");
    const EvaluationReport again = evaluate_now();
    EXPECT_EQ(again.changed, 0) << "nothing rests on them";
    EXPECT_EQ(json::parse(again.findings.at(0).evidence)["open_rows"], 3);
}

TEST_P(Evaluate, ARuleThatIsTurnedOffHoldsNothingInForce) {
    add_peers("T1", {"2024-04"});
    work(add_person("E1", "T1"), "2024-04", 1000, 80);
    store::FindingRepository findings(*connection_);
    evaluate_now();
    ASSERT_EQ(findings.in_force().size(), 1U);
    EXPECT_EQ(findings.in_force()[0].level, "warning");
    EXPECT_EQ(findings.in_force()[0].people, 1);
    policy_.defect_level.mode = Mode::Shadow;
    evaluate_now();
    EXPECT_TRUE(findings.in_force().empty()) << "it was retracted";
    policy_.defect_level.mode = Mode::Off;

    evaluate_now();

    for (const model::Evaluation& each : findings.evaluations(9)) {
        EXPECT_EQ(each.rule, "R2");
    }
}

TEST_P(Evaluate, AStreakOverAMonthWithoutDataIsNotCalledConsecutive) {
    add_peers("T1", {"2024-01", "2024-02", "2024-03", "2024-04"});
    const std::int64_t weak = add_person("E1", "T1");
    for (const char* month : {"2024-01", "2024-02", "2024-04"}) {
        work(weak, month, 1000, 33);
    }

    const EvaluationReport report = evaluate_now();
    const model::Finding* streak = find(report, "R2", weak);

    ASSERT_NE(streak, nullptr);
    EXPECT_EQ(explain(*streak, "E1", "zh").find("连续"), std::string::npos);
    EXPECT_EQ(explain(*streak, "E1", "en").find("consecutive"), std::string::npos);
    EXPECT_NE(explain(*streak, "E1", "zh").find("2024-01、2024-02、2024-04"), std::string::npos);
}

TEST_P(Evaluate, AWarningNamesTheMonthsThatWereJudged) {
    add_peers("T1", {"2024-02", "2024-03", "2024-04"});
    const std::int64_t heavy = add_person("E1", "T1");
    work(heavy, "2024-02", 1000, 80);
    work(heavy, "2024-04", 1000, 80);

    const EvaluationReport report = evaluate_now();

    const std::string zh = explain(*find(report, "R1", heavy), "E1", "zh");
    EXPECT_NE(zh.find("2 个月（2024-02、2024-04）"), std::string::npos) << zh;
    const std::string en = explain(*find(report, "R1", heavy), "E1", "en");
    EXPECT_NE(en.find("2 months (2024-02, 2024-04)"), std::string::npos) << en;
}

TEST(AtMost, RoundsUpSoThatABoundStaysOne) {
    EXPECT_EQ(at_most(0.0004, 2), "0.01");
    EXPECT_EQ(at_most(0.0312, 2), "0.04");
    EXPECT_EQ(at_most(0.04, 2), "0.04");
    EXPECT_EQ(at_most(1.1, 1), "1.1");
    EXPECT_EQ(at_most(2.0000001, 1), "2.1");
    EXPECT_EQ(at_most(1e-12, 3), "0.001");
    EXPECT_EQ(at_most(0, 3), "0.000");
}

TEST_P(Evaluate, CorrectedFactsRetractTheFinding) {
    add_peers("T1", {"2024-04"});
    work(add_person("E1", "T1"), "2024-04", 1000, 79);
    const std::int64_t id = evaluate_now().findings.at(0).id;
    connection_->execute("DELETE FROM defect WHERE qty = 79", {});

    const EvaluationReport report = evaluate_now();

    EXPECT_TRUE(report.findings.empty());
    EXPECT_EQ(report.retracted, 1);
    EXPECT_EQ(state_of(id), "retracted");
    EXPECT_EQ(evaluate_now().retracted, 0);
}

TEST_P(Evaluate, AFindingThatHoldsAgainIsRaisedAgain) {
    add_peers("T1", {"2024-04"});
    const std::int64_t heavy = add_person("E1", "T1");
    work(heavy, "2024-04", 1000, 80);
    const std::int64_t id = evaluate_now().findings.at(0).id;
    connection_->execute("DELETE FROM defect WHERE qty = 80", {});
    evaluate_now();
    defect(heavy, "2024-04", 80, "OP010");

    const EvaluationReport report = evaluate_now();

    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings[0].id, id);
    EXPECT_EQ(report.changed, 1);
    EXPECT_EQ(state_of(id), "raised");
}

TEST_P(Evaluate, AFindingShowsItselfChangedWhenAnyOfItsNumbersDoes) {
    add_peers("T1", {"2024-04"});
    work(add_person("E1", "T1"), "2024-04", 1000, 80);
    const std::string before = evaluate_now().findings.at(0).inputs_hash;
    add_peers("T2", {"2024-04"});  // others, elsewhere: only the limit for each person changes

    const EvaluationReport report = evaluate_now();

    EXPECT_EQ(report.changed, 1);
    EXPECT_NE(report.findings.at(0).inputs_hash, before);
    EXPECT_EQ(json::parse(store::FindingRepository(*connection_)
                              .find(report.findings.at(0).id)
                              ->evidence)["people"],
              19);
}

TEST_P(Evaluate, AShadowRuleIsCountedAndShowsNothing) {
    add_peers("T1", {"2024-04"});
    work(add_person("E1", "T1"), "2024-04", 1000, 80);
    policy_.defect_level.mode = Mode::Shadow;

    const EvaluationReport report = evaluate_now();

    EXPECT_TRUE(report.findings.empty());
    EXPECT_EQ(evaluation(report, "R1").warnings, 1);
    EXPECT_TRUE(outbox("warning_card").empty());
}

TEST_P(Evaluate, ARuleThatMayOnlyWatchCallsAndCountsNobodyWarned) {
    add_peers("T1", {"2024-04"});
    work(add_person("E1", "T1"), "2024-04", 1000, 80);
    policy_.defect_level.mode = Mode::Watch;

    const EvaluationReport report = evaluate_now();

    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings[0].level, model::FindingLevel::Watch);
    EXPECT_EQ(json::parse(report.findings[0].evidence)["reason"], "evidence_watched");
    EXPECT_TRUE(explain(report.findings[0], "E1", "zh").starts_with("关注"));
    EXPECT_TRUE(explain(report.findings[0], "E1", "en").starts_with("Watch"));
    EXPECT_EQ(evaluation(report, "R1").warnings, 0);
    EXPECT_EQ(evaluation(report, "R1").watches, 1);
    EXPECT_EQ(std::stod(evaluation(report, "R1").chance_warnings), 0);
}

TEST_P(Evaluate, AFindingSaysWhatWasLeftOutAndWhy) {
    add_peers("T1", {"2024-04"});
    const std::int64_t heavy = add_person("E1", "T1");
    work(heavy, "2024-04", 1000, 80);
    work(heavy, "2024-03", 700, 7);
    defect(heavy, "2024-04", 30, "OP020");

    const model::Finding finding = evaluate_now().findings.at(0);

    EXPECT_EQ(json::parse(finding.evidence)["left_out"],
              json::parse(R"([{"reason":"inconsistent","n":0,"bad":30},)"
                          R"({"reason":"no_peers","n":700,"bad":7}])"));
    const std::string text = explain(finding, "E1", "en");
    EXPECT_NE(text.find("more defects than pieces): 30 defects, 0 pieces"), std::string::npos)
        << text;
    EXPECT_NE(text.find("did the operation that month: 7 defects, 700 pieces"), std::string::npos);
    EXPECT_EQ(explain(finding, "E1", "zh").find("left_out"), std::string::npos);
}

TEST_P(Evaluate, AFindingNamesThePeersOfAllItsMonths) {
    const auto stayed = add_peers("T1", {"2024-03", "2024-04"});
    for (int i = 0; i < 2; ++i) {
        const std::int64_t left = add_person("L" + std::to_string(i), "T1");
        work(left, "2024-03", 1000, 30);
    }
    const std::int64_t heavy = add_person("E1", "T1");
    for (const char* month : {"2024-03", "2024-04"}) {
        work(heavy, month, 1000, 80);
    }

    const json evidence = json::parse(evaluate_now().findings.at(0).evidence);

    EXPECT_EQ(evidence["peers"]["people"], 11);
    EXPECT_EQ(evidence["peers"]["n"], 20'000);
    EXPECT_EQ(evidence["months"][1]["peers"], 9);
}

TEST_P(Evaluate, AnOpenMonthIsNotLookedAt) {
    add_peers("T1", {"2024-04", "2024-05"});
    const std::int64_t heavy = add_person("E1", "T1");
    work(heavy, "2024-04", 1000, 30);
    work(heavy, "2024-05", 1000, 200);

    EXPECT_TRUE(evaluate_now().findings.empty());
}

TEST_P(Evaluate, ThreeMonthsBelowTheMeanAreAWatch) {
    const std::vector<std::string> months{"2024-02", "2024-03", "2024-04"};
    add_peers("T1", months);
    const std::int64_t weak = add_person("E1", "T1");
    for (const std::string& month : months) {
        work(weak, month, 1000, 33);
    }

    const EvaluationReport report = evaluate_now();

    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings[0].rule, "R2");
    EXPECT_EQ(report.findings[0].level, model::FindingLevel::Watch);
    EXPECT_EQ(report.findings[0].state, "watching");
    EXPECT_EQ(report.findings[0].spell_id, weak);
}

INSTANTIATE_TEST_SUITE_P(OnBoth,
                         Evaluate,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::pip
