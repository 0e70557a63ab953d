#include "daemon/web/passwords.h"

#include <gtest/gtest.h>

#include "daemon/base/text.h"

namespace hrbridge::web {
namespace {

constexpr const char* kPassword = "correct horse battery";

TEST(Passwords, AreKeptAsSaltedScryptOfTheStatedCost) {
    const std::string hash = hash_password(kPassword);
    const auto parts = base::split(hash, '$');

    ASSERT_EQ(parts.size(), 6U) << hash;
    EXPECT_EQ(hash.rfind("scrypt$15$8$1$", 0), 0U) << hash;
    EXPECT_EQ(base::from_base64(parts[4])->size(), 16U);
    EXPECT_EQ(base::from_base64(parts[5])->size(), 32U);
    EXPECT_EQ(hash.find(kPassword), std::string::npos);
}

TEST(Passwords, OfTwoAccountsHaveDifferentHashes) {
    EXPECT_NE(hash_password(kPassword), hash_password(kPassword));
}

TEST(Passwords, FitOnlyTheirOwnHash) {
    const std::string hash = hash_password(kPassword);

    EXPECT_TRUE(password_matches(kPassword, hash));
    for (const char* other :
         {"", "correct horse batter", "correct horse battery ", "Correct horse battery"}) {
        EXPECT_FALSE(password_matches(other, hash)) << other;
    }
}

// Made by Python:
// hashlib.scrypt(b"correct horse battery", salt=bytes(16), n=1024, r=8, p=1, dklen=32).
TEST(Passwords, AreReadAsAnotherImplementationMadeThem) {
    EXPECT_TRUE(password_matches(
        kPassword,
        "scrypt$10$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AsWvwMY/76m6UtetkFvlJIEPTCAm8Pu2vkYrRktx10s="));
}

TEST(Passwords, FitNoHashThatCannotBeReadOrCostsAnotherAmount) {
    const std::string hash = hash_password(kPassword);
    const std::string tail = hash.substr(hash.find("$1$"));
    for (const std::string& broken : {std::string(),
                                      std::string("plain"),
                                      "scrypt$9$8" + tail,
                                      "scrypt$31$8" + tail,
                                      "scrypt$x$8" + tail,
                                      "scrypt$15$9" + tail,
                                      "argon2$15$8" + tail,
                                      hash + "$",
                                      hash.substr(0, hash.size() - 8)}) {
        EXPECT_FALSE(password_matches(kPassword, broken)) << broken;
    }
}

TEST(Passwords, MustBeLongEnoughText) {
    EXPECT_EQ(password_fault("十个汉字的口令也够长了"), "");
    EXPECT_EQ(password_fault("1234567890"), "");
    EXPECT_NE(password_fault("123456789").find("10"), std::string::npos);
    EXPECT_NE(password_fault("短口令"), "");
    EXPECT_NE(password_fault(std::string(257, 'a')), "");
    EXPECT_NE(password_fault("\xff\xfe aaaaaaaaaaaa").find("UTF-8"), std::string::npos);
}

}  // namespace
}  // namespace hrbridge::web
