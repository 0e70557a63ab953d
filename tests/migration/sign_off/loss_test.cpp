#include "tests/migration/sign_off/sign_off_bench.h"

namespace hrbridge::sign_off {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class AcceptedLosses : public SignOffBench {
  protected:
    std::vector<check::Verdict> logic() override {
        return {verdict("logic", "L1", Outcome::Fail, 12),
                verdict("logic", "L2", Outcome::Fail, 3),
                verdict("logic", "L3", Outcome::Pass, 0)};
    }
};
INSTANTIATE_TEST_SUITE_P(All,
                         AcceptedLosses,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(AcceptedLosses, AreNeededForEveryVerdictThatIsNoPass) {
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "verdict_open");
    ASSERT_EQ(accept("boss01", "logic", "L1"), "done");
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "verdict_open");
    ASSERT_EQ(accept("boss01", "logic", "L2"), "done");
    sign_both();
    answer_all();
    EXPECT_THAT(obstacles(), IsEmpty());
    EXPECT_EQ(entries("loss_accepted"), 2);
}

TEST_P(AcceptedLosses, SayHowManyRowsAndWhy) {
    ASSERT_EQ(accept("boss01", "logic", "L1", "source_defect"), "done");
    const auto told = read_ledger(*connection_, "core", ledger_keys_.public_keys());
    const auto& loss = std::get<ledger::LossAccepted>(told.entries.back().entry.body);
    EXPECT_EQ(loss.failed, 12);
    EXPECT_EQ(loss.rule, "L1");
    EXPECT_EQ(loss.reason, "source_defect");
    EXPECT_EQ(told.entries.back().entry.actor, "boss01");
}

TEST_P(AcceptedLosses, AreRefusedToTheLoaderAndTheCheckerAndWithoutAReason) {
    EXPECT_EQ(accept("impl01", "logic", "L1"), "signer_is_loader");
    EXPECT_EQ(accept("boss01", "logic", "L1", "whatever"), "no_reason");
    EXPECT_EQ(accept("boss01", "logic", "L3"), "passes_already");
    EXPECT_EQ(accept("boss01", "logic", "L4"), "no_verdict");
    ASSERT_EQ(accept("boss01", "logic", "L1"), "done");
    ASSERT_EQ(accept("boss01", "logic", "L2"), "done");
    ASSERT_EQ(sign_as(Role::Checker, "check01"), "done");
    EXPECT_EQ(accept("check01", "logic", "L1"), "same_person_sign");
}

TEST_P(AcceptedLosses, CountOnlyWhenTheApproverHimselfAcceptedThem) {
    ASSERT_EQ(accept("hr01", "logic", "L1"), "done");
    ASSERT_EQ(accept("hr01", "logic", "L2"), "done");
    ASSERT_EQ(sign_as(Role::Checker, "check01"), "done");
    EXPECT_EQ(sign_as(Role::Approver, "boss01"), "accepted_by_other");
    EXPECT_EQ(sign_as(Role::Approver, "hr01"), "done");
}

TEST_P(AcceptedLosses, OfTheOneWhoThenChecksCountForNothing) {
    ASSERT_EQ(accept("check01", "logic", "L1"), "done");
    ASSERT_EQ(accept("check01", "logic", "L2"), "done");
    ASSERT_EQ(sign_as(Role::Checker, "check01"), "done");
    EXPECT_THAT(obstacles(), Contains("verdict_open"));
}

TEST_P(AcceptedLosses, EndWithTheVerdictTheyWereGivenFor) {
    ASSERT_EQ(accept("boss01", "logic", "L1"), "done");
    ASSERT_EQ(accept("boss01", "logic", "L2"), "done");
    sign_both();
    keep("logic",
         {verdict("logic", "L1", Outcome::Fail, 13),
          verdict("logic", "L2", Outcome::Fail, 3),
          verdict("logic", "L3", Outcome::Pass, 0)});
    EXPECT_THAT(obstacles(), Contains("verdict_open"));
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "verdicts_changed");
}

TEST_P(AcceptedLosses, EndWithTheKeyThatSignedThem) {
    ASSERT_EQ(accept("boss01", "logic", "L1"), "done");
    ASSERT_EQ(accept("boss01", "logic", "L2"), "done");
    EXPECT_THAT(obstacles(), Not(Contains("verdict_open")));
    ASSERT_EQ(revoke("boss01"), "done");
    EXPECT_THAT(obstacles(), Contains("verdict_open"));
}

TEST_P(AcceptedLosses, AreNeverTheSpotChecks) {
    for (const Outcome outcome : {Outcome::Fail, Outcome::NotChecked}) {
        keep("spot_check", {verdict("spot_check", "S1", outcome, 1)});
        EXPECT_EQ(accept("boss01", "spot_check", "S1"), "verdict_of_sheet");
        EXPECT_THAT(obstacles(), Contains("verdict_of_sheet"));
    }
    EXPECT_EQ(entries("loss_accepted"), 0);
}

// As a program before this one wrote it.
TEST_P(AcceptedLosses, OfTheSpotCheckCountForNothing) {
    const check::Verdict wrong = verdict("spot_check", "S1", Outcome::Fail, 1);
    keep("spot_check", {wrong});
    ASSERT_EQ(accept("boss01", "logic", "L1"), "done");
    ASSERT_EQ(accept("boss01", "logic", "L2"), "done");
    append("boss01",
           ledger::LossAccepted{rehearsal_.number,
                                wrong.check,
                                wrong.subject,
                                wrong.rule,
                                wrong.outcome,
                                wrong.failed,
                                check::digest(wrong),
                                now().content.root,
                                "known_difference",
                                key_of("boss01").public_key(),
                                std::nullopt});
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "verdict_of_sheet");
}

class WhatWasNotChecked : public SignOffBench {
  protected:
    std::vector<check::Verdict> logic() override {
        return {verdict("logic", "L1", Outcome::NotChecked, 0)};
    }
};
INSTANTIATE_TEST_SUITE_P(All,
                         WhatWasNotChecked,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(WhatWasNotChecked, CannotBeAccepted) {
    EXPECT_EQ(accept("boss01", "logic", "L1"), "verdict_not_checked");
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "verdict_not_checked");
    EXPECT_EQ(entries("loss_accepted"), 0);
}

TEST(Losses, AreRowsThatFailAndRowsThatTheirSourceChangedAfterTheLoad) {
    check::Verdict verdict;
    verdict.check = "reconciliation";
    verdict.outcome = Outcome::Fail;
    EXPECT_TRUE(may_be_accepted(verdict));
    verdict.figures["quick"] = 1;
    EXPECT_FALSE(may_be_accepted(verdict)) << "the source was not read again";
    verdict.figures["quick"] = 0;
    verdict.outcome = Outcome::NotChecked;
    verdict.why.code = "source_unreadable";
    EXPECT_FALSE(may_be_accepted(verdict));
    verdict.why.code = check::kMovedSome;
    EXPECT_TRUE(may_be_accepted(verdict));
    verdict.check = "spot_check";
    EXPECT_FALSE(may_be_accepted(verdict));
}

class GoList : public SignOffBench {};
INSTANTIATE_TEST_SUITE_P(All, GoList, testing::Values("sqlite", "postgres"), store::store_name);

TEST_P(GoList, OfTheProjectFileTakesThePlaceOfTheUsualQuestions) {
    project_ = project::parse_project(
                   std::string(rehearsal::kProject) +
                       "    go_no_go:\n      - {id: G01, zh: 门禁已停, en: Gates are off}\n",
                   "migration.yaml")
                   .project.value();
    const project::Module& posts = *project_.find("posts");
    ASSERT_EQ(go_items(posts).size(), 1U);
    EXPECT_EQ(go_items(posts).front().say.en, "Gates are off");
    EXPECT_EQ(go_items(*project_.find("core")).size(), 3U);
}

TEST_P(GoList, AnswersWithNoStandInTheWayUntilTheyAreYes) {
    sign_both();
    answer_all();
    ASSERT_EQ(answer("boss01", "backup", false), "done");
    EXPECT_THAT(obstacles(), ElementsAre("go_refused"));
    ASSERT_EQ(answer("boss01", "backup", true), "done");
    EXPECT_THAT(obstacles(), IsEmpty());
    EXPECT_EQ(answer("boss01", "nothing"), "no_item");
}

}  // namespace
}  // namespace hrbridge::sign_off
