#include "daemon/base/time.h"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

std::string date(std::string_view text) {
    const auto value = parse_date(text);
    return value ? to_string(*value) : "refused";
}

std::string local(std::string_view text) {
    const auto value = parse_local_time(text);
    return value ? to_string(*value) : "refused";
}

std::string instant(std::string_view text) {
    const auto value = parse_timestamp(text);
    return value ? to_string(*value) : "refused";
}

std::string instant_in(std::string_view zone, std::string_view text) {
    return to_string(Zone::find(zone).value().to_instant(parse_local_time(text).value()));
}

std::string local_in(std::string_view zone, std::string_view text) {
    return to_string(Zone::find(zone).value().to_local(parse_timestamp(text).value()));
}

TEST(ParseDate, ReadsBothSeparators) {
    EXPECT_EQ(date("2024-05-06"), "2024-05-06");
    EXPECT_EQ(date("2024/05/06"), "2024-05-06");
    EXPECT_EQ(date("0001-01-01"), "0001-01-01");
    EXPECT_EQ(date("9999-12-31"), "9999-12-31");
    EXPECT_EQ(parse_date("1970-01-01")->time_since_epoch().count(), 0);
    EXPECT_EQ(parse_date("1969-12-31")->time_since_epoch().count(), -1);
}

TEST(ParseDate, KnowsLeapDays) {
    EXPECT_EQ(date("2024-02-29"), "2024-02-29");
    EXPECT_EQ(date("2000-02-29"), "2000-02-29");
    EXPECT_EQ(date("2023-02-29"), "refused");
    EXPECT_EQ(date("1900-02-29"), "refused");
    EXPECT_EQ(date("2024-02-30"), "refused");
}

TEST(ParseDate, RefusesWhatIsNoDay) {
    for (const std::string text :
         {"",           "2024-5-6",   "24-05-06",   "2024-05-06 ", "2024-13-01",
          "2024-00-10", "2024-01-00", "2024-04-31", "0000-00-00",  "0000-01-01",
          "2024-05/06", "2024.05.06", "20240506",   "2024-05-0a",  "2024--5-06",
          "-024-05-06", "2024-05-+6", "2024-05- 6", "12024-05-06", "２024-05-06"}) {
        EXPECT_EQ(date(text), "refused") << text;
    }
}

TEST(ParseLocalTime, ReadsMinutesSecondsAndFractions) {
    EXPECT_EQ(local("2024-05-06 07:08"), "2024-05-06 07:08:00");
    EXPECT_EQ(local("2024-05-06T07:08:09"), "2024-05-06 07:08:09");
    EXPECT_EQ(local("2024-05-06 07:08:09.5"), "2024-05-06 07:08:09.500000");
    EXPECT_EQ(local("2024-05-06 07:08:09.000001"), "2024-05-06 07:08:09.000001");
    EXPECT_EQ(local("2024-05-06 07:08:09.1234560"), "2024-05-06 07:08:09.123456");
    EXPECT_EQ(local("2024/05/06 23:59:59"), "2024-05-06 23:59:59");
    EXPECT_EQ(local("1969-12-31 23:59:59.999999"), "1969-12-31 23:59:59.999999");
}

TEST(ParseLocalTime, RefusesWhatItWouldHaveToGuessOrCut) {
    for (const std::string text : {"2024-05-06",
                                   "2024-05-06 ",
                                   "2024-05-06 7:08",
                                   "2024-05-06 24:00",
                                   "2024-05-06 07:60",
                                   "2024-05-06 07:08:60",
                                   "2024-05-06 07:08:",
                                   "2024-05-06 07:08:9",
                                   "2024-05-06 07:08:09.",
                                   "2024-05-06 07:08:09.1234567",
                                   "2024-05-06 07:08.5",
                                   "2024-05-06 07:08:09Z",
                                   "2024-05-06  07:08",
                                   "2024-02-30 07:08",
                                   "2024-05-06 07:08:09 "}) {
        EXPECT_EQ(local(text), "refused") << text;
    }
}

TEST(ParseTimestamp, TakesTheOffsetOff) {
    EXPECT_EQ(instant("2024-05-06 07:08:09Z"), "2024-05-06 07:08:09Z");
    EXPECT_EQ(instant("2024-05-06T07:08:09.25+08:00"), "2024-05-05 23:08:09.250000Z");
    EXPECT_EQ(instant("2024-05-06 07:08+08"), "2024-05-05 23:08:00Z");
    EXPECT_EQ(instant("2024-05-06 07:08:09-03:30"), "2024-05-06 10:38:09Z");
    EXPECT_EQ(instant("2024-05-06 07:08:09.0000000 +08:00"), "2024-05-05 23:08:09Z");
}

TEST(ParseTimestamp, RefusesAMissingOrUnknownOffset) {
    for (const std::string text : {"2024-05-06 07:08:09",
                                   "2024-05-06 07:08:09z",
                                   "2024-05-06 07:08:09 Z",
                                   "2024-05-06 07:08:09+8",
                                   "2024-05-06 07:08:09+0800",
                                   "2024-05-06 07:08:09+16:00",
                                   "2024-05-06 07:08:09+08:60",
                                   "2024-05-06 07:08:09  +08:00",
                                   "2024-05-06 07:08:09 CST",
                                   "2024-05-06 07:08:09+",
                                   "2024-05-06 07:08:09 "}) {
        EXPECT_EQ(instant(text), "refused") << text;
    }
}

TEST(Zone, IsFoundOnlyByANameOfTheDatabase) {
    EXPECT_EQ(Zone::find("Asia/Shanghai").value().name(), "Asia/Shanghai");
    EXPECT_EQ(Zone::find("UTC").value().name(), "UTC");
    EXPECT_FALSE(Zone::find("Asia/Atlantis").has_value());
    EXPECT_FALSE(Zone::find("").has_value());
    EXPECT_FALSE(Zone::find("../../etc/passwd").has_value());
}

TEST(Zone, ConvertsBothWays) {
    EXPECT_EQ(instant_in("Asia/Shanghai", "2024-05-06 07:08:09.000001"),
              "2024-05-05 23:08:09.000001Z");
    EXPECT_EQ(local_in("Asia/Shanghai", "2024-05-05 23:08:09.000001Z"),
              "2024-05-06 07:08:09.000001");
    EXPECT_EQ(instant_in("UTC", "2024-05-06 07:08:09"), "2024-05-06 07:08:09Z");
    EXPECT_EQ(local_in("America/New_York", "1969-12-31 23:59:59.999999Z"),
              "1969-12-31 18:59:59.999999");
}

TEST(Zone, KnowsThatShanghaiHadSummerTimeUntil1991) {
    EXPECT_EQ(instant_in("Asia/Shanghai", "1990-07-01 12:00"), "1990-07-01 03:00:00Z");
    EXPECT_EQ(instant_in("Asia/Shanghai", "1992-07-01 12:00"), "1992-07-01 04:00:00Z");
}

TEST(Zone, PutsATimeInTheGapAtTheInstantOfTheChange) {
    EXPECT_EQ(instant_in("Europe/Berlin", "2024-03-31 01:59:59"), "2024-03-31 00:59:59Z");
    EXPECT_EQ(instant_in("Europe/Berlin", "2024-03-31 02:30:00"), "2024-03-31 01:00:00Z");
    EXPECT_EQ(instant_in("Europe/Berlin", "2024-03-31 03:00:00"), "2024-03-31 01:00:00Z");
}

TEST(Zone, TakesTheFirstOfTwoInstants) {
    EXPECT_EQ(instant_in("Europe/Berlin", "2024-10-27 02:30:00"), "2024-10-27 00:30:00Z");
    EXPECT_EQ(local_in("Europe/Berlin", "2024-10-27 01:30:00Z"), "2024-10-27 02:30:00");
}

TEST(Zone, SaysWhichDayItIsThere) {
    const Timestamp evening = parse_timestamp("2024-05-06 20:00Z").value();
    EXPECT_EQ(to_string(Zone::find("Asia/Shanghai")->date_of(evening)), "2024-05-07");
    EXPECT_EQ(to_string(Zone::utc().date_of(evening)), "2024-05-06");
    EXPECT_EQ(to_string(Zone::utc().date_of(Timestamp(std::chrono::microseconds(-1)))),
              "1969-12-31");
}

TEST(Zone, SaysTheMinuteWithItsOffset) {
    const Timestamp evening = parse_timestamp("2024-05-06 20:01:59.5Z").value();
    EXPECT_EQ(Zone::find("Asia/Shanghai")->minute_text(evening), "2024-05-07 04:01 +08:00");
    EXPECT_EQ(Zone::find("America/St_Johns")->minute_text(evening), "2024-05-06 17:31 -02:30");
    EXPECT_EQ(Zone::utc().minute_text(evening), "2024-05-06 20:01 +00:00");
}

TEST(Zone, IsSharedByThreads) {
    const Zone zone = Zone::find("Pacific/Auckland").value();
    const LocalTime noon = parse_local_time("2024-01-15 12:00").value();
    std::vector<std::string> seen(4);
    {
        std::vector<std::jthread> threads;
        for (std::string& slot : seen) {
            threads.emplace_back([&slot, &zone, noon] { slot = to_string(zone.to_instant(noon)); });
        }
    }
    EXPECT_EQ(seen, std::vector<std::string>(4, "2024-01-14 23:00:00Z"));
}

}  // namespace
}  // namespace hrbridge::base
