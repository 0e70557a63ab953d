#include "daemon/app/stop_limit.h"

#include <thread>

#include <gtest/gtest.h>

#include "tests/support/memory_log.h"

namespace hrbridge::app {
namespace {

using std::chrono::milliseconds;

TEST(StopLimitDeathTest, EndsAProcessThatDoesNotEndByItself) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            test::MemoryLog log;
            const StopLimit limit(log, milliseconds(50));
            std::this_thread::sleep_for(std::chrono::minutes(2));
        },
        testing::ExitedWithCode(1),
        "");
}

TEST(StopLimit, LeavesAProcessAloneThatEndedInTime) {
    test::MemoryLog log;
    { const StopLimit limit(log, milliseconds(50)); }

    std::this_thread::sleep_for(milliseconds(100));

    EXPECT_TRUE(log.lines().empty());
}

}  // namespace
}  // namespace hrbridge::app
