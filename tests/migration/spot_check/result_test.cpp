#include "migration/spot_check/result.h"

#include <gmock/gmock.h>

#include "tests/migration/spot_check/spot_bench.h"

namespace hrbridge::spot_check {
namespace {

using ledger::Outcome;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SpotResult : public SpotBench {
  protected:
    void SetUp() override {
        SpotBench::SetUp();
        frozen_core();
        plan_ = draw_one().draw->plan;
    }
    std::vector<check::KeptVerdict> kept() {
        std::vector<check::KeptVerdict> out;
        for (check::KeptVerdict& each :
             check::kept_verdicts(*side(*rehearsal::find(*connection_, "core", 1)))) {
            if (each.verdict.check == kSpotCheck) {
                out.push_back(std::move(each));
            }
        }
        return out;
    }

    Plan plan_;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         SpotResult,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(SpotResult, OfASheetWithOpenRowsIsNone) {
    const ResultOutcome out = conclude_newest();
    EXPECT_EQ(out.tally.open, std::ssize(sheet_rows()));
    EXPECT_FALSE(out.verdict);
    EXPECT_EQ(newest_draw(*connection_, "core", 1)->state, DrawState::Open);
}

TEST_P(SpotResult, PassesWhereAllDecoysAndNothingElseIsFoundOnceTheSampleHasGrownByTheRule) {
    check_all();
    ResultOutcome out = conclude_newest();
    // 50 of 50 decoys show a sensitivity of at least 92.88 %, not 100 %.
    EXPECT_EQ(out.added, plan_.rule.steps.back().sample - plan_.rule.first.sample);
    EXPECT_FALSE(out.verdict);
    check_all();
    out = conclude_newest();

    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.verdict->outcome, Outcome::Pass);
    EXPECT_EQ(out.verdict->failed, 0);
    EXPECT_EQ(out.verdict->examined, plan_.rule.steps.back().sample);
    EXPECT_EQ(out.verdict->figures.at("decoys_found"), 50);
    EXPECT_EQ(out.verdict->figures.at("sensitivity_low_ppm"), 928'800);
    EXPECT_EQ(out.verdict->figures.at("draws"), 1);
    // Fewer than the 22 rows that are 5 % of 440.
    EXPECT_LT(out.tally.wrong_at_most, 22);
    EXPECT_GT(out.tally.wrong_at_most, 15);
    ASSERT_EQ(kept().size(), 1U);
    EXPECT_EQ(kept().front().verdict, *out.verdict);
    EXPECT_EQ(kept().front().evidence, check::digest(*out.verdict));
    EXPECT_EQ(entries("check_verdicts"), 1);
    EXPECT_EQ(
        std::get<std::string>(one("SELECT actor FROM ledger_entry WHERE kind = 'check_verdicts'")),
        kAccount);
    EXPECT_EQ(find_draw(*connection_, 1)->outcome, Outcome::Pass);
    EXPECT_THAT(ledger_faults(), IsEmpty());
}

TEST_P(SpotResult, TheBoundIsTheOneOfTheWorstSplitAtTheCheckersLowEnd) {
    check_all(3);
    conclude_newest();
    check_all();
    const ResultOutcome out = conclude_newest();
    ASSERT_TRUE(out.verdict);
    std::vector<sampling::Check> checks;
    const auto& step = plan_.rule.steps.at(47);
    for (std::size_t h = 0; h < plan_.strata.size(); ++h) {
        checks.push_back({plan_.strata[h].rows, step.strata[h], step.sensitivity});
    }
    EXPECT_EQ(out.tally.wrong_at_most,
              sampling::upper_limit(checks, 0, {plan_.confidence_ppm, 1'000'000}).worst_split);
    EXPECT_EQ(out.verdict->figures.at("decoys_found"), 47);
}

TEST_P(SpotResult, OneWrongRowOfTheSampleFails) {
    say(place_of(RowKind::Sample), RowVerdict::Wrong, {"birth_date"});
    check_all();
    const ResultOutcome out = conclude_newest();
    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.verdict->outcome, Outcome::Fail);
    EXPECT_EQ(out.verdict->failed, 1);
    ASSERT_EQ(out.verdict->where.size(), 1U);
    EXPECT_EQ(out.verdict->where[0].field, "birth_date");
    EXPECT_EQ(out.verdict->where[0].value, std::nullopt);
    EXPECT_EQ(out.verdict->where[0].note.code, "where_wrong");
}

TEST_P(SpotResult, AfterAFailOnlyOtherContentIsDrawnFromAndWithCauseAndRemedy) {
    say(place_of(RowKind::Sample), RowVerdict::Wrong, {"birth_date"});
    check_all();
    ASSERT_EQ(conclude_newest().verdict->outcome, Outcome::Fail);
    const DrawAsked explained{"n", "dates were read as UTC", "the zone was set"};
    EXPECT_THAT(codes(draw_one(explained).refused), ElementsAre("content_failed"));
    frozen_core(true);
    EXPECT_THAT(codes(draw_one(explained, 2).refused), ElementsAre("content_failed"))
        << "another rehearsal of the same content";

    change_source();
    frozen_core(true);
    EXPECT_THAT(codes(draw_one({"n", "", ""}, 3).refused), ElementsAre("needs_cause"));
    ASSERT_TRUE(draw_one(explained, 3).draw);
    EXPECT_EQ(find_draw(*connection_, 1)->remedy, "the zone was set");
    EXPECT_EQ(entries("draw"), 2);
}

TEST_P(SpotResult, AFailIsKnownByTheLedgerWhateverTheListOfDrawsSays) {
    say(place_of(RowKind::Sample), RowVerdict::Wrong, {"birth_date"});
    check_all();
    conclude_newest();
    connection_->execute("UPDATE spot_draw SET outcome = 'not_checked'", {});
    EXPECT_THAT(codes(draw_one({"n", "why", "what"}).refused), ElementsAre("content_failed"));
}

TEST_P(SpotResult, APassIsNotDrawnAgainInItsRehearsalButInAnotherOneOfEqualContent) {
    check_all();
    conclude_newest();
    check_all();
    ASSERT_EQ(conclude_newest().verdict->outcome, Outcome::Pass);
    EXPECT_THAT(codes(draw_one({"n", "why", "what"}).refused), ElementsAre("passed_already"));
    frozen_core(true);
    EXPECT_TRUE(draw_one({"n", "", ""}, 2).draw);
}

TEST_P(SpotResult, TheVerdictCountsTheDrawsBeforeByTheirOutcome) {
    say(place_of(RowKind::Sample), RowVerdict::Right);
    ASSERT_TRUE(draw_one({"n", "the sheet was lost", "another checker"}).draw);
    draw_ = 2;
    check_all();
    conclude_newest();
    check_all();
    const auto out = conclude_newest();
    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.verdict->figures.at("draws"), 2);
    EXPECT_EQ(out.verdict->figures.at("draws_failed"), 0);
    EXPECT_EQ(out.verdict->figures.at("draws_not_checked"), 1);
}

TEST_P(SpotResult, AWrongRowThatHadToBeCheckedFailsAndCountsForNoBound) {
    const std::int64_t place = place_of(RowKind::Extra);
    ASSERT_NE(place, 0);
    say(place, RowVerdict::Wrong, {"name"});
    check_all();
    const ResultOutcome out = conclude_newest();
    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.verdict->outcome, Outcome::Fail);
    EXPECT_EQ(out.tally.wrong, 0);
    EXPECT_EQ(out.tally.extras_wrong, 1);
}

TEST_P(SpotResult, ACheckerBelowTheFloorChecksNothing) {
    check_all(20);
    const ResultOutcome out = conclude_newest();
    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.verdict->outcome, Outcome::NotChecked);
    EXPECT_EQ(out.verdict->why.code, "why_checker");
    EXPECT_NE(spot_check::text("zh", out.verdict->why), "why_checker");
}

TEST_P(SpotResult, ADecoyWhoseOtherFieldIsCalledWrongIsNotFoundAndIsLookedAt) {
    const std::int64_t place = place_of(RowKind::Decoy);
    const std::string planted = Sheet(*connection_, keys_, 1).find(place)->content.planted;
    const std::string other = planted == "name" ? "gender" : "name";
    say(place, RowVerdict::Wrong, {other});
    check_all();
    const ResultOutcome out = conclude_newest();
    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.tally.decoys_found, plan_.rule.planted - 1);
    EXPECT_EQ(out.tally.beside, 1);
    EXPECT_EQ(out.verdict->outcome, Outcome::Fail);
    ASSERT_EQ(out.verdict->where.size(), 1U);
    EXPECT_EQ(out.verdict->where[0].field, other);
    EXPECT_EQ(out.verdict->where[0].note.code, "where_beside");
}

TEST_P(SpotResult, ARowThatCannotBeJudgedLeavesThePlanNotChecked) {
    say(place_of(RowKind::Sample), RowVerdict::CannotTell);
    check_all();
    const ResultOutcome out = conclude_newest();
    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.verdict->outcome, Outcome::NotChecked);
    EXPECT_EQ(out.verdict->why.code, "why_cannot_tell");
}

TEST_P(SpotResult, ASourceThatIsNotShownToHaveChangedExcusesNothing) {
    say(place_of(RowKind::Sample), RowVerdict::SourceChanged);
    check_all();
    const ResultOutcome out = conclude_newest();
    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.verdict->outcome, Outcome::Fail);
    EXPECT_EQ(out.tally.wrong, 1);
    EXPECT_EQ(out.tally.source_changed, 0);
    EXPECT_EQ(out.verdict->where.at(0).note.code, "where_changed_unproven");
}

TEST_P(SpotResult, HastyVerdictsAreCounted) {
    Desk at = desk();
    const std::int64_t place = place_of(RowKind::Sample, "org_unit");
    at.show(1, place, kAccount);
    clock_.advance(std::chrono::milliseconds(700));
    EXPECT_EQ(at.judge(1, place, RowVerdict::Right, {}, kAccount), Judged::Kept);
    check_all();
    conclude_newest();
    check_all();
    EXPECT_EQ(conclude_newest().verdict->figures.at("hasty"), 1);
}

TEST_P(SpotResult, NamesWhoJudgedAndCountsWhatWasOverturned) {
    const std::int64_t place = place_of(RowKind::Sample, "org_unit");
    say(place, RowVerdict::Wrong, {"name"});
    ASSERT_EQ(desk().judge(1, place, RowVerdict::Right, {}, "checker02"), Judged::Kept);
    check_all();
    conclude_newest();
    check_all();
    const ResultOutcome out = conclude_newest();
    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.verdict->outcome, Outcome::Pass);
    EXPECT_EQ(out.verdict->figures.at("overturned"), 1);
    const auto body =
        std::get<std::string>(one("SELECT body FROM ledger_entry WHERE kind = 'check_verdicts'"));
    EXPECT_THAT(body, HasSubstr(R"("judged_by":["checker01","checker02"])"));
    EXPECT_THAT(body, HasSubstr(R"("given_by":["checker01","checker02"])"));
    EXPECT_THAT(body, HasSubstr(R"("overturned":1)"));
}

TEST_P(SpotResult, OfASheetThatIsNoLongerWhatWasFixedIsNone) {
    check_all(20);
    connection_->execute(
        "UPDATE spot_judgement SET verdict = 'wrong', fields = '[\"name\"]' WHERE place = 1", {});
    const ResultOutcome out = conclude_newest();
    EXPECT_THAT(codes(out.refused), ElementsAre("not_as_fixed"));
    EXPECT_FALSE(out.verdict);
    EXPECT_EQ(entries("check_verdicts"), 0);
}

TEST_P(SpotResult, AConclusionThatWasCutOffIsDrawnAgainToTheSameVerdict) {
    check_all();
    conclude_newest();
    check_all();
    connection_->run_script(is_postgres() ? "ALTER TABLE ledger_entry RENAME TO away"
                                          : "ALTER TABLE ledger_entry RENAME TO away");
    EXPECT_ANY_THROW(conclude_newest());
    connection_->run_script("ALTER TABLE away RENAME TO ledger_entry");
    EXPECT_EQ(newest_draw(*connection_, "core", 1)->state, DrawState::Open);
    const ResultOutcome out = conclude_newest();
    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.verdict->outcome, Outcome::Pass);
    EXPECT_EQ(kept().size(), 1U);
    EXPECT_EQ(entries("check_verdicts"), 1);
}

class ChangedSource : public SpotBench {};
INSTANTIATE_TEST_SUITE_P(Stores,
                         ChangedSource,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(ChangedSource, WhereTheSourcesOwnTimeShowsItTheRowIsReplacedFromTheReserve) {
    frozen_core();
    for (int i = 0; i < kStaff; i += 5) {
        staff_.put({fmt::format("E{:04}", i),
                    "新名",
                    fmt::format("1101011990{:08}", i),
                    i % 2 == 0 ? "1" : "2",
                    fmt::format("19{}-05-{:02}", 60 + i % 30, 1 + i % 28),
                    "2024-05-06 21:00:00",
                    "remark"});
    }
    const Plan plan = draw_one().draw->plan;
    std::int64_t changed = 0;
    for (const SheetRow& row : sheet_rows()) {
        const bool younger = row.content.entity == "person" &&
                             (row.content.key.back() == '0' || row.content.key.back() == '5');
        EXPECT_EQ(row.content.changed, younger ? "2024-05-06 21:00:00" : "");
        if (younger && row.content.kind != RowKind::Decoy) {
            changed += row.content.kind == RowKind::Sample ? 1 : 0;
            say(row.place, RowVerdict::SourceChanged);
        }
    }
    ASSERT_GT(changed, 0);
    check_all();
    ResultOutcome out = conclude_newest();
    EXPECT_EQ(out.tally.source_changed, changed);
    EXPECT_EQ(out.tally.wrong, 0);
    EXPECT_EQ(out.added, plan.rule.steps.back().sample - plan.rule.first.sample + changed);
}

TEST_P(ChangedSource, AStaleRowThatTheSourceChangedBeforeTheLoadIsTheMigrationsFault) {
    frozen_core();
    for (int i = 0; i < kStaff; ++i) {
        staff_.put(
            {fmt::format("E{:04}", i), "新名", "", "1", "1990-01-01", "2024-05-06 18:00:00", ""});
    }
    draw_one();
    for (const SheetRow& row : sheet_rows()) {
        EXPECT_EQ(row.content.changed, "");
    }
}

TEST_P(ChangedSource, ARowThatIsGoneFromTheSourceIsShownAsMissing) {
    frozen_core();
    for (int i = 0; i < 40; ++i) {
        staff_.remove(fmt::format("E{:04}", i));
    }
    draw_one();
    int missing = 0;
    for (const SheetRow& row : sheet_rows()) {
        const bool gone = row.content.entity == "person" && row.content.key < "E0040";
        EXPECT_EQ(row.content.source.empty(), gone);
        EXPECT_FALSE(gone && row.content.kind == RowKind::Decoy);
        missing += gone ? 1 : 0;
    }
    EXPECT_GT(missing, 0);
}

}  // namespace
}  // namespace hrbridge::spot_check
