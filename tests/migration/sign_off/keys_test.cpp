
#include "migration/sign_off/texts.h"
#include "tests/migration/sign_off/sign_off_bench.h"
#include "tests/support/catalogue.h"

namespace hrbridge::sign_off {
namespace {

class SignerKeysOf : public SignOffBench {
  protected:
    SignerKeys keys() { return std::get<SignerKeys>(signer_keys(*connection_, &ledger_keys_)); }
};
INSTANTIATE_TEST_SUITE_P(All,
                         SignerKeysOf,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(SignerKeysOf, AnAccountKeepTheirHistory) {
    ASSERT_EQ(enroll("hr01", key_of("second")), "done");
    ASSERT_EQ(enroll("hr01", key_of("third")), "done");
    ASSERT_EQ(revoke("hr01"), "done");
    const SignerKeys known = keys();
    EXPECT_EQ(known.of("hr01"), nullptr);
    EXPECT_TRUE(known.find(key_of("second").public_key())->until);
    EXPECT_EQ(known.find(key_of("second").public_key())->revoked, "");
    EXPECT_EQ(known.find(key_of("third").public_key())->revoked, "stolen");
    EXPECT_EQ(known.of("boss01")->key, key_of("boss01").public_key());
    EXPECT_EQ(known.all().size(), 6U);
    EXPECT_EQ(revoke("hr01"), "no_key");
}

TEST_P(SignerKeysOf, OnePersonAreNoOtherPersons) {
    EXPECT_EQ(enroll("hr01", key_of("boss01")), "key_of_other");
    EXPECT_EQ(enroll("hr01", key_of("hr01")), "key_known");
    ASSERT_EQ(enroll("boss01", key_of("next")), "done");
    EXPECT_EQ(enroll("hr01", key_of("boss01")), "key_of_other") << "a replaced one neither";
}

TEST_P(SignerKeysOf, NobodyAreNotRegistered) {
    EXPECT_EQ(enroll("nobody", key_of("x")), "no_account");
}

TEST_P(SignerKeysOf, ALedgerThatWasChangedAreNotBelieved) {
    connection_->execute("UPDATE ledger_entry SET subject = 'boss01' WHERE subject = 'hr01'", {});
    EXPECT_EQ(enroll("hr01", key_of("x")), "ledger_broken");
    EXPECT_TRUE(std::holds_alternative<ledger::Note>(signer_keys(*connection_, &ledger_keys_)));
}

TEST(SignOffTexts, HaveTheSameCodesAndPlaceholdersInBothLanguages) {
    const auto zh = test::placeholders("migration/sign_off", "zh");
    ASSERT_GT(zh.size(), 60U);
    EXPECT_EQ(zh, test::placeholders("migration/sign_off", "en"));
}

TEST(SignOffTexts, TellEveryReasonForALoss) {
    for (const char* const reason : kLossReasons) {
        EXPECT_NE(text("zh", {std::string("reason_") + reason}), std::string("reason_") + reason);
    }
}

}  // namespace
}  // namespace hrbridge::sign_off
