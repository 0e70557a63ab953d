#include "daemon/base/row_sum.h"

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

TEST(RowSum, IsTheSameInAnyOrderAndAnotherForOtherRows) {
    RowImager imager;
    RowSum forth;
    RowSum back;
    for (int i = 0; i < 300; ++i) {
        forth.add(imager.of("row " + std::to_string(i)));
        back.add(imager.of("row " + std::to_string(299 - i)));
    }
    EXPECT_EQ(forth, back);
    back.add(imager.of("row 300"));
    EXPECT_FALSE(forth == back);
    back.subtract(imager.of("row 300"));
    EXPECT_EQ(forth, back);
}

TEST(RowSum, TakesOutWhatItNeverHeldAndIsRightAgainWhenItComes) {
    RowImager imager;
    RowSum sum;
    for (int i = 0; i < 50; ++i) {
        sum.subtract(imager.of(std::to_string(i)));
    }
    for (int i = 0; i < 50; ++i) {
        sum.add(imager.of(std::to_string(i)));
    }
    EXPECT_EQ(sum, RowSum());
}

TEST(RowSum, CountsARowAsOftenAsItIsThere) {
    RowImager imager;
    RowSum once;
    once.add(imager.of("a"));
    RowSum twice = once;
    twice.add(once);
    EXPECT_FALSE(once == twice);
    twice.subtract(imager.of("a"));
    EXPECT_EQ(once, twice);
}

TEST(RowSum, ComesBackFromItsBytesAndFromNoOtherNumberOfThem) {
    RowImager imager;
    RowSum sum;
    sum.add(imager.of("a"));
    EXPECT_EQ(RowSum::from_bytes(sum.bytes()), sum);
    EXPECT_FALSE(RowSum::from_bytes("short"));
}

// hashlib.shake_256(b"abc").digest(32) of Python.
TEST(RowSum, AnImageIsShake256) {
    const std::string digest = RowImager().of("abc").digest();
    std::string hex;
    for (const char byte : digest) {
        constexpr const char* kDigits = "0123456789abcdef";
        hex += kDigits[static_cast<unsigned char>(byte) >> 4U];
        hex += kDigits[static_cast<unsigned char>(byte) & 15U];
    }
    EXPECT_EQ(hex, "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739");
}

}  // namespace
}  // namespace hrbridge::base
