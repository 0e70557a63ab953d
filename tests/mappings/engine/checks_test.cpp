#include "mappings/engine/checks.h"

#include <string>

#include <gtest/gtest.h>

namespace hrbridge::engine {
namespace {

std::string problem(Check check, std::string_view text) {
    return std::string(check_text(check, text));
}

// Numbers made for tests: a sequence behind a real region and date, with a computed check digit.
std::string with_check_digit(const std::string& seventeen) {
    for (const char digit : std::string("0123456789X")) {
        if (cn_id_problem(seventeen + digit).empty()) {
            return seventeen + digit;
        }
    }
    return {};
}

TEST(CnIdCard, ExactlyOneCheckCharacterFits) {
    for (int sequence = 0; sequence < 1000; ++sequence) {
        std::string seventeen = "11010519491231000";
        seventeen.replace(14, 3, std::to_string(1000 + sequence).substr(1));
        int fitting = 0;
        for (const char digit : std::string("0123456789X")) {
            fitting += cn_id_problem(seventeen + digit).empty() ? 1 : 0;
        }
        ASSERT_EQ(fitting, 1) << seventeen;
    }
}

TEST(CnIdCard, TheStandardsOwnExamplesPass) {
    EXPECT_EQ(problem(Check::CnIdCard, "11010519491231002X"), "");
    EXPECT_EQ(problem(Check::CnIdCard, "440524188001010014"), "");
}

TEST(CnIdCard, EverySingleWrongDigitAndEverySwapOfNeighboursIsSeen) {
    const std::string good = "11010519491231002X";
    for (std::size_t at = 0; at < 17; ++at) {
        for (char digit = '0'; digit <= '9'; ++digit) {
            std::string wrong = good;
            wrong[at] = digit;
            EXPECT_EQ(problem(Check::CnIdCard, wrong).empty(), wrong == good) << wrong;
        }
        if (at < 16 && good[at] != good[at + 1]) {
            std::string swapped = good;
            std::swap(swapped[at], swapped[at + 1]);
            EXPECT_NE(problem(Check::CnIdCard, swapped), "") << swapped;
        }
    }
}

TEST(CnIdCard, SaysWhatIsWrongWithoutTheNumber) {
    EXPECT_NE(problem(Check::CnIdCard, "123").find("18 characters"), std::string::npos);
    EXPECT_NE(problem(Check::CnIdCard, "99010519491231002X").find("province"), std::string::npos);
    EXPECT_NE(problem(Check::CnIdCard, "110105194902300029").find("birth date"), std::string::npos);
    EXPECT_NE(problem(Check::CnIdCard, "110105194912310021").find("check digit"),
              std::string::npos);
    EXPECT_NE(problem(Check::CnIdCard, "1101051949123100AX").find("digits"), std::string::npos);
}

TEST(CnIdCard, GivesBirthDateAndGenderInBothGenerations) {
    EXPECT_EQ(base::to_string(cn_id_birth_date("11010519491231002X")), "1949-12-31");
    EXPECT_FALSE(cn_id_is_male("11010519491231002X"));
    EXPECT_EQ(problem(Check::CnIdCard, "110105491231003"), "");
    EXPECT_EQ(base::to_string(cn_id_birth_date("110105491231003")), "1949-12-31");
    EXPECT_TRUE(cn_id_is_male("110105491231003"));
    EXPECT_TRUE(cn_id_is_male(with_check_digit("11010519491231003")));
    EXPECT_EQ(problem(Check::CnIdCard, with_check_digit("11010520000229001")), "");
    EXPECT_EQ(with_check_digit("11010519000229001"), "");
}

TEST(CnMobile, HasElevenDigitsAndAKnownBeginning) {
    EXPECT_EQ(problem(Check::CnMobile, "13800138000"), "");
    for (const char* wrong :
         {"1380013800", "138001380000", "12800138000", "23800138000", "1380013800a", ""}) {
        EXPECT_NE(problem(Check::CnMobile, wrong), "") << wrong;
    }
}

TEST(CnUscc, ChecksItsLastCharacter) {
    EXPECT_EQ(problem(Check::CnUscc, "91350100M000100Y43"), "");
    EXPECT_NE(problem(Check::CnUscc, "91350100M000100Y44"), "");
    EXPECT_NE(problem(Check::CnUscc, "91350100M000100I43"), "");
    EXPECT_NE(problem(Check::CnUscc, "91350100M000100Y4"), "");
}

TEST(Email, HasANameAndADomain) {
    EXPECT_EQ(problem(Check::Email, "li.na+hr@example.com"), "");
    for (const char* wrong : {"",
                              "a",
                              "@example.com",
                              "a@",
                              "a@b",
                              "a b@example.com",
                              "a@@example.com",
                              ".a@example.com",
                              "a..b@example.com",
                              "a@example..com",
                              "a@example.com."}) {
        EXPECT_NE(problem(Check::Email, wrong), "") << wrong;
    }
}

}  // namespace
}  // namespace hrbridge::engine
