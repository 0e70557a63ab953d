#include "daemon/base/error.h"
#include "migration/promotion/gate_check.h"
#include "tests/migration/promotion/promotion_bench.h"

namespace hrbridge::promotion {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PromotionGate : public PromotionBench {
  protected:
    static ledger::SignerKeyRevoked revoked() {
        return {ledger::PrivateKey::from_seed(base::Secret(std::string(32, 's'))).public_key(),
                "stolen"};
    }
    void expect_nothing() {
        EXPECT_EQ(count("promotion"), 0);
        EXPECT_EQ(count("org_unit"), 0);
        EXPECT_EQ(entries("promotion") + entries("batch"), 0);
        EXPECT_EQ(rehearsal::find(*connection_, "core", 1)->state, rehearsal::State::Frozen);
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         PromotionGate,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(PromotionGate, IsShutOnceAKeyOfWhoDecidedIsRevoked) {
    const rehearsal::Rehearsal one = rehearsed("core");
    const Gate gate = signed_gate();
    const std::int64_t entry = tell("boss01", revoked());
    const Result done = promote(one, gate);
    ASSERT_THAT(words(done.refused), ElementsAre("gate_outdated"));
    EXPECT_EQ(done.refused[0].values.at("entry"), std::to_string(entry));
    EXPECT_THAT(words(preview(one, gate).refused), ElementsAre("gate_outdated"));
    expect_nothing();
    EXPECT_THAT(words(promote(one).refused), IsEmpty()) << "with a gate of now";
}

TEST_P(PromotionGate, IsShutOnceTheLedgerSaysMoreOfTheModule) {
    const rehearsal::Rehearsal one = rehearsed("core");
    const Gate gate = signed_gate();
    tell("core", ledger::Voided{1, "verdict_changed", {}, {}});
    EXPECT_THAT(words(promote(one, gate).refused), ElementsAre("gate_outdated"));
    expect_nothing();
}

TEST_P(PromotionGate, StaysOpenForWhatTheLedgerSaysOfOthers) {
    const rehearsal::Rehearsal one = rehearsed("core");
    const Gate gate = signed_gate();
    tell("somebody", revoked());
    tell("posts", ledger::Voided{1, "verdict_changed", {}, {}});
    ledger::ReportSealed report;
    report.rehearsal = 1;
    report.id = "r";
    report.form = "pdf";
    report.language = "zh";
    tell("core", report);
    EXPECT_THAT(words(promote(one, gate).refused), IsEmpty());
}

TEST_P(PromotionGate, IsShutWhenTheLedgerNoLongerHasTheEndThatItSaw) {
    const rehearsal::Rehearsal one = rehearsed("core");
    Gate gate = signed_gate();
    gate.head->hash = ledger::Digest::sha256_of("another");
    EXPECT_THAT(words(promote(one, gate).refused), ElementsAre("gate_unknown"));
    gate.head.reset();
    EXPECT_THAT(words(promote(one, gate).refused), ElementsAre("gate_unknown"));
    expect_nothing();
}

TEST_P(PromotionGate, HoldsTheFrozenRootAndNotTheOneInTheListOfRehearsals) {
    rehearsal::Rehearsal one = rehearsed("core");
    const auto beside = side(one);
    beside->execute("DELETE FROM org_unit WHERE code = 'D0007'", {});
    freeze(one);  // with the root that was loaded, so that the values are as frozen
    one.content_root =
        rehearsal::module_root(*beside, store::entity_tables(*beside), {"org_unit", "person"});
    connection_->execute("UPDATE rehearsal SET content_root = $1 WHERE id = $2",
                         {base::Bytes{std::string(one.content_root->view())}, one.id});
    EXPECT_THROW(promote(one), base::StoreError);
    expect_nothing();
}

// In SQLite nobody else writes while the promotion does.
class PromotionUnderWay : public PromotionGate {};
INSTANTIATE_TEST_SUITE_P(Stores, PromotionUnderWay, testing::Values("postgres"), store::store_name);

TEST_P(PromotionUnderWay, IsGivenUpWhenAKeyIsRevokedBeforeItsEnd) {
    const rehearsal::Rehearsal one = rehearsed("core");
    const Result done = promote(one, signed_gate(), [&](const ledger::Note& step) {
        if (step.code == "step_proof") {
            tell("check01", revoked());
        }
    });
    EXPECT_THAT(words(done.refused), ElementsAre("gate_outdated"));
    EXPECT_EQ(done.entry, 0);
    expect_nothing();
}

}  // namespace
}  // namespace hrbridge::promotion
