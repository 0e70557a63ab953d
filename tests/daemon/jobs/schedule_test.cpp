#include "daemon/jobs/schedule.h"

#include <chrono>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace hrbridge::jobs {
namespace {

using base::Timestamp;
using namespace std::chrono_literals;

Timestamp at(std::string_view text) {
    return base::parse_timestamp(text).value_or(Timestamp{});
}

Schedule schedule(std::string_view text,
                  std::chrono::milliseconds jitter = 0ms,
                  std::string_view job = "sync/a",
                  std::string_view zone = "UTC") {
    auto parsed = Schedule::parse(text, *base::Zone::find(zone), jitter, job);
    EXPECT_TRUE(parsed.ok()) << text;
    return std::move(parsed).value();
}

const Timestamp kNoon = at("2024-05-06 12:00:00Z");

TEST(Schedule, IntervalKeepsItsRateFromTheLastStart) {
    EXPECT_EQ(schedule("15m").next_after(kNoon), kNoon + 15min);
    EXPECT_EQ(schedule("15m", 5min).next_after(kNoon), kNoon + 15min);
}

TEST(Schedule, IntervalThatNeverStartedStartsAtOnceUpToItsJitter) {
    EXPECT_EQ(schedule("15m").next_start(std::nullopt, kNoon), kNoon);
    const Timestamp first = schedule("15m", 5min).next_start(std::nullopt, kNoon);
    EXPECT_GE(first, kNoon);
    EXPECT_LT(first, kNoon + 5min);
}

TEST(Schedule, CronMeansWallClockOfItsZone) {
    const Schedule nightly = schedule("0 2 * * *", 0ms, "sync/a", "Asia/Shanghai");
    EXPECT_EQ(nightly.next_after(kNoon), at("2024-05-06 18:00:00Z"));
}

TEST(Schedule, CronThatNeverStartedWaitsForItsTime) {
    EXPECT_EQ(schedule("0 13 * * *").next_start(std::nullopt, kNoon), at("2024-05-06 13:00:00Z"));
}

TEST(Schedule, MissedStartsAreMadeUpOnce) {
    const Schedule hourly = schedule("@hourly");
    const Timestamp missed = hourly.next_start(kNoon - 5h, kNoon);
    EXPECT_LT(missed, kNoon);
    EXPECT_GT(hourly.next_after(kNoon), kNoon);
}

TEST(Schedule, JitterDependsOnTheJobAlone) {
    const Timestamp a = schedule("0 13 * * *", 30min, "sync/a").next_after(kNoon);
    EXPECT_EQ(schedule("0 13 * * *", 30min, "sync/a").next_after(kNoon), a);
    EXPECT_GE(a, at("2024-05-06 13:00:00Z"));
    EXPECT_LT(a, at("2024-05-06 13:30:00Z"));
    EXPECT_NE(schedule("0 13 * * *", 30min, "sync/b").next_after(kNoon), a);
}

TEST(Schedule, JitterNeverSkipsOrDoublesAStart) {
    const Schedule hourly = schedule("@hourly", 30min, "sync/a");
    Timestamp start = hourly.next_after(kNoon);
    for (int i = 0; i < 48; ++i) {
        const Timestamp next = hourly.next_after(start);
        EXPECT_EQ(next - start, 1h);
        start = next;
    }
}

TEST(Schedule, RefusesWhatIsNeitherIntervalNorCron) {
    for (const char* text : {"", "15", "15 m", "0s", "100ms", "every day", "-5m"}) {
        EXPECT_FALSE(Schedule::parse(text, base::Zone::utc(), 0ms, "a").ok()) << text;
    }
}

}  // namespace
}  // namespace hrbridge::jobs
