#include "tests/migration/sign_off/sign_off_bench.h"

namespace hrbridge::sign_off {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class Loaders : public SignOffBench {
  protected:
    // One more rehearsal: `first` begins it and is stopped behind the first mapping.
    void load_by(const std::string& first, const std::string& second) {
        actor_ = first;
        rehearsal::SyncLoader loader = make_loader();
        loader.before_load =
            [](const engine::Mapping& mapping) -> std::optional<rehearsal::LoadResult> {
            if (mapping.name != "test/person") {
                return std::nullopt;
            }
            rehearsal::LoadResult stopped;
            stopped.outcome = rehearsal::LoadOutcome::Stopped;
            return stopped;
        };
        rehearse("core", loader, true);
        actor_ = second;
        check_and_freeze(rehearse("core").rehearsal);
    }
};
INSTANTIATE_TEST_SUITE_P(All, Loaders, testing::Values("sqlite", "postgres"), store::store_name);

TEST_P(Loaders, AreKnownByTheUnixUserOfTheSameName) {
    EXPECT_EQ(account_of(*connection_, "impl01"), "impl01");
    EXPECT_EQ(account_of(*connection_, "uid 1000 (impl01)"), "impl01");
    EXPECT_EQ(account_of(*connection_, "uid 0 (root)"), std::nullopt);
    EXPECT_EQ(account_of(*connection_, "uid 1000"), std::nullopt);
}

TEST_P(Loaders, AreAllWhoseStepsTheLedgerHasAndNotOnlyWhoBegan) {
    load_by("impl01", "uid 1001 (hr01)");
    EXPECT_THAT(now().involved.loaders, UnorderedElementsAre("hr01", "impl01"));
    EXPECT_EQ(answer("hr01", "backup"), "signer_is_loader");
    EXPECT_EQ(answer("impl01", "backup"), "signer_is_loader");
    ASSERT_EQ(sign_as(Role::Checker, "check01"), "done");
    EXPECT_EQ(sign_as(Role::Approver, "hr01"), "signer_is_loader");
    EXPECT_EQ(sign_as(Role::Approver, "boss01"), "done");
}

TEST_P(Loaders, AreNoOthersBecauseTheRowOfTheRehearsalSaysSo) {
    connection_->execute("UPDATE rehearsal SET actor = 'hr01' WHERE id = $1", {rehearsal_.id});
    set_state("frozen");
    EXPECT_EQ(answer("impl01", "backup"), "signer_is_loader");
}

TEST_P(Loaders, WhoAreNoAccountsAreNamedByWhoActs) {
    load_by("uid 0 (root)", "uid 0 (root)");
    ASSERT_EQ(sign_as(Role::Checker, "check01"), "done");
    const PrivateKey key = key_of("boss01");
    Act by = act("boss01", key);
    EXPECT_EQ(sign_as(Role::Approver, by), "loader_unknown");
    by.loader = "nobody";
    EXPECT_EQ(sign_as(Role::Approver, by), "no_account");
    by.loader = "boss01";
    EXPECT_EQ(sign_as(Role::Approver, by), "signer_is_loader");
    by.loader = "impl01";
    EXPECT_EQ(sign_as(Role::Approver, by), "done");
    EXPECT_EQ(now().approver.value().loader, "impl01");
}

TEST_P(Loaders, WhoWereNamedOnceAreThoseForEveryAct) {
    load_by("uid 0 (root)", "uid 0 (root)");
    ASSERT_EQ(answer("boss01", "backup", true, "hr01"), "done");
    EXPECT_EQ(answer("boss01", "announced", true, "impl01"), "loader_stated");
    EXPECT_EQ(answer("impl01", "announced", true, "boss01"), "loader_stated");
    EXPECT_EQ(answer("hr01", "announced", true, "impl01"), "loader_stated");
    EXPECT_EQ(answer("hr01", "announced"), "signer_is_loader");
    EXPECT_EQ(answer("boss01", "announced"), "done") << "it need not be said again";
    const PrivateKey key = key_of("check01");
    Act by = act("check01", key);
    by.loader = "impl01";
    EXPECT_EQ(sign_as(Role::Checker, by), "loader_stated");
}

TEST_P(Loaders, MayBeNamedByTheCheckerToo) {
    load_by("uid 0 (root)", "uid 0 (root)");
    const PrivateKey key = key_of("check01");
    Act by = act("check01", key);
    by.loader = "hr01";
    ASSERT_EQ(sign_as(Role::Checker, by), "done");
    EXPECT_EQ(sign_as(Role::Approver, "hr01"), "signer_is_loader");
    EXPECT_EQ(sign_as(Role::Approver, "boss01"), "done");
}

TEST_P(Loaders, AreNamedAnewWhenTheKeyOfWhoNamedThemIsRevoked) {
    load_by("uid 0 (root)", "uid 0 (root)");
    ASSERT_EQ(answer("hr01", "backup", true, "boss01"), "done");
    ASSERT_EQ(revoke("hr01"), "done");
    EXPECT_EQ(answer("boss01", "backup"), "loader_unknown");
    EXPECT_EQ(answer("boss01", "backup", true, "impl01"), "done");
}

TEST_P(Loaders, OfWhomOneIsNoAccountAreNamedBesideTheOther) {
    load_by("impl01", "uid 0 (root)");
    EXPECT_EQ(answer("boss01", "backup"), "loader_unknown");
    EXPECT_EQ(answer("boss01", "backup", true, "hr01"), "done");
    EXPECT_EQ(answer("impl01", "announced"), "signer_is_loader");
    EXPECT_EQ(answer("hr01", "announced"), "signer_is_loader");
}

// As a program before this one wrote it: the loader himself named somebody else later.
TEST_P(Loaders, WhomALaterActContradictsMakeThatActCountForNothing) {
    load_by("uid 0 (root)", "uid 0 (root)");
    ASSERT_EQ(answer("boss01", "backup", true, "hr01"), "done");
    append("impl01",
           ledger::GoAnswered{rehearsal_.number,
                              "announced",
                              true,
                              now().content.digest,
                              key_of("impl01").public_key(),
                              "boss01"});
    const auto go = now().go;
    EXPECT_EQ(go[0].account, "boss01");
    EXPECT_FALSE(go[1].go) << "the second item is announced";
}

class Judges : public SignOffBench {
  protected:
    std::vector<check::Verdict> logic() override {
        return {verdict("logic", "L1", Outcome::Fail, 12)};
    }
};
INSTANTIATE_TEST_SUITE_P(All, Judges, testing::Values("sqlite", "postgres"), store::store_name);

TEST_P(Judges, OfASingleRowNeitherApproveNorAcceptNorAnswer) {
    judged({"check01", "check01", "hr01"});
    EXPECT_THAT(now().involved.judges, UnorderedElementsAre("check01", "hr01"));
    EXPECT_EQ(accept("hr01", "logic", "L1"), "signer_is_judge");
    EXPECT_EQ(answer("hr01", "backup"), "signer_is_judge");
    EXPECT_EQ(accept("check01", "logic", "L1"), "signer_is_judge");
    ASSERT_EQ(accept("boss01", "logic", "L1"), "done");
    ASSERT_EQ(sign_as(Role::Checker, "check01"), "done");
    EXPECT_EQ(sign_as(Role::Approver, "hr01"), "signer_is_judge");
    EXPECT_EQ(sign_as(Role::Approver, "boss01"), "done");
}

TEST_P(Judges, WhoActedBeforeTheyJudgedHaveActedForNothing) {
    ASSERT_EQ(accept("boss01", "logic", "L1"), "done");
    ASSERT_EQ(answer("boss01", "backup"), "done");
    sign_both();
    judged({"check01", "boss01"});
    EXPECT_THAT(obstacles(), Contains("verdict_open"));
    EXPECT_THAT(obstacles(), Contains("approver_missing"));
    EXPECT_FALSE(now().go[0].go);
}

TEST_P(Judges, OfASheetThatANewerOneReplacedAreFreeAgain) {
    judged({"boss01"});
    judged({"check01"});
    EXPECT_EQ(accept("boss01", "logic", "L1"), "done");
}

TEST_P(Judges, WhomTheCheckerNamedDoNotApproveEither) {
    ASSERT_EQ(accept("boss01", "logic", "L1"), "done");
    const PrivateKey key = key_of("check01");
    Act by = act("check01", key);
    by.sheet_by = "boss01";
    ASSERT_EQ(sign_as(Role::Checker, by), "done");
    EXPECT_THAT(obstacles(), Contains("verdict_open"));
    EXPECT_EQ(answer("boss01", "backup"), "signer_is_judge");
}

class RolledBack : public SignOffBench {
  protected:
    std::vector<check::Verdict> logic() override {
        return {verdict("logic", "L1", Outcome::Fail, 12)};
    }
    void decide() {
        ASSERT_EQ(accept("boss01", "logic", "L1"), "done");
        sign_both();
        answer_all();
        ASSERT_THAT(obstacles(), IsEmpty());
    }
};
INSTANTIATE_TEST_SUITE_P(All, RolledBack, testing::Values("sqlite", "postgres"), store::store_name);

TEST_P(RolledBack, APromotionTakesAlongWhatWasSignedAcceptedAndAnswered) {
    decide();
    promote_and_roll_back();
    EXPECT_THAT(signatures(),
                ElementsAre("checker check01 rolled_back", "approver boss01 rolled_back"));
    EXPECT_THAT(obstacles(),
                ElementsAre("verdict_open",
                            "rolled_back",
                            "checker_missing",
                            "approver_missing",
                            "go_open",
                            "go_open",
                            "go_open"));
    EXPECT_EQ(record_fallen(), 2);
    EXPECT_EQ(record_fallen(), 0);
}

TEST_P(RolledBack, APromotionLetsTheSameContentBeSignedAnew) {
    decide();
    promote_and_roll_back();
    decide();
    EXPECT_TRUE(now().stands());
    promote_and_roll_back();
    EXPECT_THAT(obstacles(), Contains("rolled_back"));
}

TEST_P(RolledBack, APromotionOfAnotherRehearsalChangesNothing) {
    decide();
    roll_back(promote_as(rehearsal_.number + 7));
    EXPECT_THAT(obstacles(), IsEmpty());
}

TEST_P(RolledBack, APromotionAlsoTakesAlongWhatWasSignedBesideIt) {
    ASSERT_EQ(accept("boss01", "logic", "L1"), "done");
    sign_both();
    const std::int64_t promotion = promote_as(rehearsal_.number);
    answer_all();
    EXPECT_THAT(obstacles(), IsEmpty());
    roll_back(promotion);
    EXPECT_THAT(obstacles(), Not(IsEmpty()));
    EXPECT_THAT(signatures(), Contains("checker check01 rolled_back"));
}

}  // namespace
}  // namespace hrbridge::sign_off
