#include "daemon/base/clock.h"

#include <chrono>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

using namespace std::chrono_literals;

TEST(SystemClock, NeverStepsBackInMonotonicTime) {
    const SystemClock clock;
    auto last = clock.monotonic();
    for (int i = 0; i < 1000; ++i) {
        const auto now = clock.monotonic();
        EXPECT_GE(now, last);
        last = now;
    }
}

TEST(SystemClock, AgreesWithTheSystemsTime) {
    const auto before =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const Timestamp now = SystemClock().now();
    EXPECT_GE(now, before);
    EXPECT_LE(now, std::chrono::system_clock::now());
}

TEST(SystemClock, SleepsAtLeastAsLongAsAsked) {
    SystemClock clock;
    const std::stop_source stop;
    const auto before = clock.monotonic();
    EXPECT_TRUE(clock.sleep(2ms, stop.get_token()));
    EXPECT_GE(clock.monotonic() - before, 2ms);
    EXPECT_TRUE(clock.sleep(0ns, stop.get_token()));
    EXPECT_TRUE(clock.sleep(-1s, stop.get_token()));
}

TEST(SystemClock, DoesNotSleepOnceAskedToStop) {
    SystemClock clock;
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(clock.sleep(std::chrono::nanoseconds::max(), stop.get_token()));
}

TEST(SystemClock, WakesWhenAskedToStop) {
    SystemClock clock;
    bool slept = true;
    std::jthread sleeper([&](const std::stop_token& stop) {
        slept = clock.sleep(std::chrono::nanoseconds::max(), stop);
    });
    sleeper.request_stop();
    sleeper.join();
    EXPECT_FALSE(slept);
}

}  // namespace
}  // namespace hrbridge::base
