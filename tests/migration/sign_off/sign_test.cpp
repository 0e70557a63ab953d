#include "tests/migration/sign_off/sign_off_bench.h"

namespace hrbridge::sign_off {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class SignOff : public SignOffBench {
  protected:
    void enter(const ledger::Body& body) {
        store::sql::Transaction transaction(*connection_);
        ledger::Ledger(*connection_, &ledger_keys_)
            .append({system_clock_.now(), "core", "check01", body});
        transaction.commit();
    }
    void enter_draw(std::int64_t number) {
        ledger::Draw draw;
        draw.rehearsal = rehearsal_.number;
        draw.draw = number;
        draw.content_root = now().content.root;
        enter(draw);
    }
};
INSTANTIATE_TEST_SUITE_P(All, SignOff, testing::Values("sqlite", "postgres"), store::store_name);

TEST_P(SignOff, StandsOnceTwoPeopleSignedAndTheListIsAnsweredWithYes) {
    EXPECT_THAT(
        obstacles(),
        ElementsAre("checker_missing", "approver_missing", "go_open", "go_open", "go_open"));
    sign_both();
    EXPECT_THAT(obstacles(), ElementsAre("go_open", "go_open", "go_open"));
    answer_all();
    EXPECT_THAT(obstacles(), IsEmpty());
    EXPECT_TRUE(now().stands());
    EXPECT_THAT(signatures(), ElementsAre("checker check01 stands", "approver boss01 stands"));
    EXPECT_THAT(ledger_faults(), IsEmpty());
}

TEST_P(SignOff, IsRefusedBeforeTheFreeze) {
    set_state("checking");
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "not_frozen");
    EXPECT_EQ(entries("signature"), 0);
}

TEST_P(SignOff, IsRefusedWhileACheckWasNotMade) {
    keep("spot_check", {});
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "check_missing");
}

TEST_P(SignOff, NeedsTwoPeople) {
    ASSERT_EQ(sign_as(Role::Checker, "check01"), "done");
    EXPECT_EQ(sign_as(Role::Approver, "check01"), "same_person_sign");
    EXPECT_EQ(sign_as(Role::Checker, "hr01"), "signed_already");
    EXPECT_EQ(entries("signature"), 1);
}

TEST_P(SignOff, ComesFromTheCheckerFirst) {
    EXPECT_EQ(sign_as(Role::Approver, "boss01"), "checker_first");
}

TEST_P(SignOff, IsNotApprovedByWhoRanTheRehearsal) {
    ASSERT_EQ(sign_as(Role::Checker, "check01"), "done");
    EXPECT_EQ(sign_as(Role::Approver, "impl01"), "signer_is_loader");
    EXPECT_EQ(answer("impl01", "backup"), "signer_is_loader");
    EXPECT_EQ(entries("go_answered"), 0);
}

TEST_P(SignOff, NeedsTheAccountsOwnKeyInUse) {
    const PrivateKey other = key_of("hr01");
    EXPECT_EQ(sign_as(Role::Checker, act("check01", other)), "wrong_key");
    const PrivateKey unknown = key_of("nobody's");
    EXPECT_EQ(sign_as(Role::Checker, act("check01", unknown)), "wrong_key");
    ASSERT_EQ(revoke("check01"), "done");
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "no_key");
    EXPECT_EQ(entries("signature"), 0);
}

TEST_P(SignOff, IsRefusedToADisabledAccount) {
    store::AccountRepository accounts(*connection_);
    accounts.set_disabled(accounts.find("check01")->id, true);
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "account_disabled");
}

TEST_P(SignOff, OfTheCheckerSaysWhoWorkedTheSheet) {
    const PrivateKey key = key_of("check01");
    Act by = act("check01", key);
    by.sheet_by = std::nullopt;
    EXPECT_EQ(sign_as(Role::Checker, by), "sheet_unknown");
    by.sheet_by = "hr01";
    EXPECT_EQ(sign_as(Role::Checker, by), "done");
    EXPECT_EQ(now().checker.value().sheet_by, "hr01");
}

TEST_P(SignOff, OfACheckerWhoDidNotWorkTheRecordedSheetMustSayItWasAnother) {
    judged({"hr01"});
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "sheet_by_other");
    const PrivateKey key = key_of("check01");
    Act by = act("check01", key);
    by.sheet_by = "hr01";
    EXPECT_EQ(sign_as(Role::Checker, by), "done");
    EXPECT_EQ(now().checker.value().sheet_by, "hr01");
}

TEST_P(SignOff, WaitsForTheConclusionOfTheNewestDraw) {
    sign_both();
    answer_all();
    enter_draw(7);
    EXPECT_THAT(obstacles(), ElementsAre("draw_open"));
    ledger::CheckVerdicts sheet;
    sheet.draw = 7;
    sheet.outcome = Outcome::Pass;
    enter(sheet);
    EXPECT_THAT(obstacles(), IsEmpty());
}

TEST_P(SignOff, IsRefusedForEverOnceADrawOfThisContentHasFailed) {
    enter_draw(7);
    ledger::CheckVerdicts sheet;
    sheet.draw = 7;
    sheet.outcome = Outcome::Fail;
    enter(sheet);
    sheet.draw = 8;
    sheet.outcome = Outcome::Pass;
    enter_draw(8);
    enter(sheet);
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "draw_failed");
}

TEST_P(SignOff, IsVoidOnceAVerdictChangesAndTheLedgerSaysSoOnce) {
    sign_both();
    answer_all();
    keep("spot_check",
         {verdict("spot_check", "R1", Outcome::Pass, 0),
          verdict("spot_check", "R2", Outcome::Pass, 0)});
    EXPECT_THAT(signatures(),
                ElementsAre("checker check01 verdict_changed", "approver boss01 verdict_changed"));
    EXPECT_THAT(
        obstacles(),
        ElementsAre("checker_missing", "approver_missing", "go_open", "go_open", "go_open"));
    EXPECT_EQ(record_fallen(), 2);
    EXPECT_EQ(record_fallen(), 0);
    EXPECT_EQ(entries("voided"), 2);
    keep("spot_check", {verdict("spot_check", "R1", Outcome::Pass, 0)});
    EXPECT_THAT(signatures(),
                ElementsAre("checker check01 verdict_changed", "approver boss01 verdict_changed"));
    sign_both();
    EXPECT_THAT(obstacles(), IsEmpty());
}

TEST_P(SignOff, IsVoidOnceADetailOfAVerdictChanges) {
    sign_both();
    side_->execute("UPDATE verdict SET failed = 1 WHERE check_name = 'format'", {});
    EXPECT_THAT(signatures(), Contains("checker check01 verdict_changed"));
    EXPECT_THAT(obstacles(), Contains("verdict_changed"));
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "verdicts_changed");
}

TEST_P(SignOff, IsVoidOnceTheContentChanges) {
    sign_both();
    side_->execute("UPDATE org_unit SET row_hash = $1 WHERE code = 'D0003'",
                   {base::Bytes{std::string(16, 'x')}});
    EXPECT_THAT(signatures(),
                ElementsAre("checker check01 content_changed", "approver boss01 content_changed"));
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "content_changed");
}

TEST_P(SignOff, IsVoidOnceAValueChangesBesideItsRowHash) {
    sign_both();
    side_->execute("UPDATE person SET name = 'another' WHERE person_no = 'E0003'", {});
    EXPECT_THAT(signatures(),
                ElementsAre("checker check01 content_changed", "approver boss01 content_changed"));
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "content_changed");
}

TEST_P(SignOff, IsNotTakenInByARecordOfTheContentThatWasChangedAlong) {
    sign_both();
    side_->execute("UPDATE org_unit SET row_hash = $1 WHERE code = 'D0003'",
                   {base::Bytes{std::string(16, 'x')}});
    const Content changed = content(scope());
    connection_->execute("UPDATE rehearsal SET content_root = $1 WHERE id = $2",
                         {base::Bytes{std::string(changed.root.view())}, rehearsal_.id});
    set_state("frozen");
    EXPECT_THAT(signatures(), Contains("checker check01 content_changed"));
    EXPECT_THAT(obstacles(), Contains("content_changed"));
}

TEST_P(SignOff, IsRefusedOnceFrozenVerdictsAreOthersThoughTheirEvidenceFits) {
    keep("logic", {verdict("logic", "R2", Outcome::Pass, 0)});
    EXPECT_THAT(obstacles(), Contains("verdicts_changed"));
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "verdicts_changed");
}

TEST_P(SignOff, IsRefusedOnASheetsVerdictThatTheLedgerDoesNotSay) {
    check::Verdict made = verdict("spot_check", "R1", Outcome::Pass, 0);
    made.examined = 5'000;
    store::sql::Transaction transaction(*side_);
    check::keep_verdicts(*side_, "spot_check", {made}, system_clock_.now());
    transaction.commit();
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "verdict_unproven");
    tell({made});
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "done");
}

TEST_P(SignOff, IsRefusedOnceTheProjectFileIsAnother) {
    sign_both();
    project_.hash = std::string(64, '0');
    EXPECT_THAT(obstacles(), Contains("plan_changed"));
}

TEST_P(SignOff, IsNotTakenInByAStateThatSomebodySet) {
    connection_->execute("DELETE FROM ledger_entry WHERE kind = 'frozen'", {});
    EXPECT_THAT(obstacles(), Contains("not_frozen"));
}

TEST_P(SignOff, IsVoidOnceAMappingChanges) {
    sign_both();
    set_mappings(std::string(rehearsal::kUnitMap) + "# a word more\n");
    EXPECT_THAT(signatures(),
                ElementsAre("checker check01 mapping_changed", "approver boss01 mapping_changed"));
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "mapping_changed");
}

TEST_P(SignOff, OfOneRehearsalIsNothingForAnother) {
    sign_both();
    load_and_freeze();
    EXPECT_THAT(signatures(), IsEmpty());
}

TEST_P(SignOff, CopiedOntoOtherContentBreaksTheLedger) {
    sign_both();
    answer_all();
    keep("spot_check", {verdict("spot_check", "R9", Outcome::Pass, 0)});
    const std::string was = now().signatures.front().content.hex();
    const std::string present = now().content.digest.hex();
    connection_->execute(
        "UPDATE ledger_entry SET body = replace(body, $1, $2) WHERE kind = 'signature'",
        {was, present});
    EXPECT_THAT(obstacles(), Contains("ledger_broken"));
    EXPECT_THAT(signatures(), IsEmpty());
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "ledger_broken");
}

TEST_P(SignOff, FallsWithARevokedKeyButNotWithAReplacedOne) {
    sign_both();
    ASSERT_EQ(enroll("check01", key_of("check01 next")), "done");
    EXPECT_THAT(signatures(), ElementsAre("checker check01 stands", "approver boss01 stands"));
    EXPECT_EQ(sign_as(Role::Checker, "check01"), "wrong_key") << "the old key signs no more";
    ASSERT_EQ(revoke("boss01"), "done");
    EXPECT_THAT(signatures(), ElementsAre("checker check01 stands", "approver boss01 key_revoked"));
    EXPECT_EQ(record_fallen(), 1);
}

TEST_P(SignOff, WithoutASealedLedgerIsRefused) {
    connection_->execute("DELETE FROM ledger_entry", {});
    EXPECT_EQ(
        register_key(*connection_, key_of("hr01"), {"hr01", "uid 0", system_clock_.now(), nullptr})
            .value()
            .code,
        "ledger_unsealed");
    EXPECT_EQ(now().unsound.front().code, "ledger_unsealed");
}

}  // namespace
}  // namespace hrbridge::sign_off
