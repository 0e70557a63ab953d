#include "daemon/base/day_hours.h"

#include <string>

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

bool holds(std::string_view hours, const std::string& clock) {
    const auto parsed = DayHours::parse(hours);
    EXPECT_TRUE(parsed) << hours;
    return parsed && parsed->contains(*parse_local_time("2024-05-06 " + clock));
}

TEST(DayHours, CountTheirBeginAndNotTheirEnd) {
    EXPECT_FALSE(holds("08:00-18:30", "07:59:59.999999"));
    EXPECT_TRUE(holds("08:00-18:30", "08:00"));
    EXPECT_TRUE(holds("08:00-18:30", "18:29:59"));
    EXPECT_FALSE(holds("08:00-18:30", "18:30"));
}

TEST(DayHours, GoOverMidnight) {
    EXPECT_TRUE(holds("22:00-06:00", "23:00"));
    EXPECT_TRUE(holds("22:00-06:00", "00:00"));
    EXPECT_TRUE(holds("22:00-06:00", "05:59"));
    EXPECT_FALSE(holds("22:00-06:00", "06:00"));
    EXPECT_FALSE(holds("22:00-06:00", "21:59"));
}

TEST(DayHours, MayBeAlways) {
    EXPECT_TRUE(holds("00:00-24:00", "00:00"));
    EXPECT_TRUE(holds("00:00-24:00", "23:59:59.999999"));
}

TEST(DayHours, RefuseWhatIsNoTimeOfDay) {
    for (const char* text : {"",
                             "8-18",
                             "08:00",
                             "08:00-08:00",
                             "08:00-24:01",
                             "25:00-06:00",
                             "08:60-09:00",
                             "08.00-09.00",
                             "-8:00-09:00",
                             "08:00_09:00",
                             "08:00-09:00 "}) {
        EXPECT_FALSE(DayHours::parse(text)) << text;
    }
}

}  // namespace
}  // namespace hrbridge::base
