#include "daemon/base/decimal.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

const std::string kMost(38, '9');

Decimal number(std::string_view text) {
    return Decimal::parse(text).value();
}

std::string parsed(std::string_view text) {
    const auto value = Decimal::parse(text);
    return value ? value->to_string() : "refused";
}

TEST(Decimal, KeepsTheScaleThatItWasWrittenWith) {
    EXPECT_EQ(number("-12.340").scale(), 3);
    EXPECT_EQ(parsed("-12.340"), "-12.340");
    EXPECT_EQ(parsed("0.00"), "0.00");
    EXPECT_EQ(parsed("+7"), "7");
    EXPECT_EQ(parsed(".5"), "0.5");
    EXPECT_EQ(parsed("-.05"), "-0.05");
    EXPECT_EQ(parsed("5."), "5");
    EXPECT_EQ(parsed("007.10"), "7.10");
}

TEST(Decimal, Holds38DigitsExactly) {
    EXPECT_EQ(parsed(kMost), kMost);
    EXPECT_EQ(parsed("-" + kMost), "-" + kMost);
    EXPECT_EQ(parsed("0." + kMost), "0." + kMost);
    EXPECT_EQ(parsed("123456789012345678.90123456789012345678"),
              "123456789012345678.90123456789012345678");
    EXPECT_EQ(parsed("0000" + kMost), kMost);
    EXPECT_EQ(number(kMost).digits(), 38);
}

TEST(Decimal, RefusesMoreThan38Digits) {
    EXPECT_EQ(parsed(kMost + "0"), "refused");
    EXPECT_EQ(parsed("1" + std::string(38, '0')), "refused");
    EXPECT_EQ(parsed(kMost + ".0"), "refused");
    EXPECT_EQ(parsed("0." + std::string(38, '0') + "1"), "refused");
    EXPECT_EQ(parsed(std::string(400, '7')), "refused");
}

TEST(Decimal, ReadsExponentsExactly) {
    EXPECT_EQ(parsed("1e3"), "1000");
    EXPECT_EQ(parsed("1.5E-3"), "0.0015");
    EXPECT_EQ(parsed("12.34e1"), "123.4");
    EXPECT_EQ(parsed("1e+2"), "100");
    EXPECT_EQ(parsed("1e37"), "1" + std::string(37, '0'));
    EXPECT_EQ(parsed("0e900"), "0");
    EXPECT_EQ(parsed("1e38"), "refused");
    EXPECT_EQ(parsed("1e-39"), "refused");
    EXPECT_EQ(parsed("1e99999999999999999999"), "refused");
}

TEST(Decimal, RefusesWhatIsNoNumber) {
    const std::vector<std::string> wrong{
        "",      "-",    "+",   ".",   "-.",  "e3",  "1e",    "1e+",  "1e+-2", "1.2.3", " 1", "1 ",
        "1,000", "0x10", "NaN", "inf", "--1", "+-1", "1e2.5", "１２", "12元",  "1e2e3", "1-"};
    for (const std::string& text : wrong) {
        EXPECT_EQ(parsed(text), "refused") << text;
    }
    EXPECT_EQ(parsed(std::string_view("1\0", 2)), "refused");
}

TEST(Decimal, ComparesByValueAcrossScales) {
    EXPECT_EQ(number("1.0"), number("1.00"));
    EXPECT_EQ(number("0"), number("-0.000"));
    EXPECT_LT(number("1.09"), number("1.1"));
    EXPECT_LT(number("-1.1"), number("-1.09"));
    EXPECT_LT(number("-0.001"), number("0"));
    EXPECT_GT(number("0.01"), number("-100"));
    EXPECT_LT(number("0." + kMost), number("1"));
    EXPECT_LT(number("0." + kMost), number(kMost));
    EXPECT_GT(number("-0." + kMost), number("-" + kMost));
    EXPECT_GT(number(kMost), number(std::string(36, '9') + ".99"));
}

TEST(Decimal, RescalesOnlyWhenNothingIsLost) {
    EXPECT_EQ(number("1.500").rescaled(1).value().to_string(), "1.5");
    EXPECT_EQ(number("-1.5").rescaled(4).value().to_string(), "-1.5000");
    EXPECT_EQ(number("100").rescaled(0).value().to_string(), "100");
    EXPECT_FALSE(number("1.25").rescaled(1).has_value());
    EXPECT_FALSE(number(kMost).rescaled(1).has_value());
    EXPECT_FALSE(number("1").rescaled(-1).has_value());
    EXPECT_FALSE(number("0").rescaled(39).has_value());
    EXPECT_EQ(number("0").rescaled(38).value().scale(), 38);
}

TEST(Decimal, CountsTheDigitsOfItsUnscaledNumber) {
    EXPECT_EQ(number("0.00").digits(), 1);
    EXPECT_EQ(number("-9").digits(), 1);
    EXPECT_EQ(number("10").digits(), 2);
    EXPECT_EQ(number("0.099").digits(), 2);
}

TEST(Decimal, GivesTheNearestDoubleForCharts) {
    EXPECT_DOUBLE_EQ(number("-12.5").to_double(), -12.5);
    EXPECT_DOUBLE_EQ(number("0.1").to_double(), 0.1);
    EXPECT_DOUBLE_EQ(number("99999999999999999999").to_double(), 1e20);
}

TEST(Decimal, ReadsBackWhatItWrites) {
    for (int digits = 1; digits <= Decimal::kMaxDigits; ++digits) {
        for (int scale = 0; scale <= Decimal::kMaxDigits; ++scale) {
            const Decimal value(
                -number(std::string(static_cast<std::size_t>(digits), '7')).unscaled(), scale);
            const auto back = Decimal::parse(value.to_string());
            ASSERT_TRUE(back.has_value()) << value.to_string();
            EXPECT_TRUE(back->unscaled() == value.unscaled()) << value.to_string();
            EXPECT_EQ(back->scale(), scale);
        }
    }
}

}  // namespace
}  // namespace hrbridge::base
