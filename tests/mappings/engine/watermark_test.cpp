#include "mappings/engine/watermark.h"

#include <gtest/gtest.h>

namespace hrbridge::engine {
namespace {

TEST(Watermark, DigitsBeyondMicrosecondsAreDropped) {
    const auto micros = watermark_of("2026-01-01 10:00:00.123456");
    ASSERT_TRUE(micros);
    EXPECT_EQ(watermark_of("2026-01-01 10:00:00.1234567"), micros);
    EXPECT_EQ(watermark_of("2026-01-01T10:00:00.123456789"), micros);
    EXPECT_EQ(watermark_of("2026-01-01T10:00:00.1234567Z"), micros);
    EXPECT_EQ(watermark_of("2026-01-01T18:00:00.1234567+08:00"), micros);
    EXPECT_EQ(watermark_of("2026-01-01 18:00:00.1234567 +08:00"), micros);
}

TEST(Watermark, LaterTimesAreGreaterHoweverManyDigitsTheyHave) {
    EXPECT_LT(watermark_of("2026-01-01 10:00:00"), watermark_of("2026-01-01 10:00:00.1234567"));
    EXPECT_LT(watermark_of("2026-01-01 10:00:00.1234567"), watermark_of("2026-01-01 10:00:00.13"));
    EXPECT_LT(watermark_of("2026-01-01"), watermark_of("2026-01-01 00:00:00.0000010"));
}

TEST(Watermark, BareNumberStandsForItself) {
    EXPECT_EQ(watermark_of(" 1714953600 "), 1'714'953'600);
    EXPECT_EQ(watermark_of("-5"), -5);
}

TEST(Watermark, WhatIsNeitherTimeNorNumberIsNoTime) {
    for (const char* text : {"",
                             "yesterday",
                             "2026-01-01 25:00:00",
                             "2026-01-01 10:00:00.x",
                             "2026-02-30",
                             "2026 CE",
                             "12.5",
                             "99999999999999999999"}) {
        EXPECT_EQ(watermark_of(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace hrbridge::engine
