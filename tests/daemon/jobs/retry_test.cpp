#include "daemon/jobs/retry.h"

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/error.h"

namespace hrbridge::jobs {
namespace {

using base::ConnectorError;
using base::Remedy;
using namespace std::chrono_literals;

// Time that passes only by sleeping.
class SleepingClock final : public base::Clock {
  public:
    base::Timestamp now() const override { return base::Timestamp(elapsed()); }
    std::chrono::nanoseconds monotonic() const override { return elapsed_; }
    bool sleep(std::chrono::nanoseconds duration, const std::stop_token& stop) override {
        if (stop.stop_requested()) {
            return false;
        }
        elapsed_ += duration;
        sleeps.push_back(duration);
        return true;
    }
    std::vector<std::chrono::nanoseconds> sleeps;

  private:
    std::chrono::microseconds elapsed() const {
        return std::chrono::duration_cast<std::chrono::microseconds>(elapsed_);
    }
    std::chrono::nanoseconds elapsed_{};
};

ConnectorError lost() {
    return {"erp", "08S01/2013", Remedy::Retry, "connection lost"};
}

class RetryTest : public testing::Test {
  protected:
    Retry make(const RetryPolicy& policy) { return {policy, clock_, metrics_, "erp", 1}; }

    SleepingClock clock_;
    monitoring::Metrics metrics_;
    std::stop_source stop_;
    int calls_ = 0;
};

TEST_F(RetryTest, TriesAgainUntilItWorks) {
    Retry retry = make({});
    const int result = retry.run(stop_.get_token(), [this] {
        if (++calls_ < 3) {
            throw lost();
        }
        return calls_;
    });
    EXPECT_EQ(result, 3);
    EXPECT_EQ(clock_.sleeps.size(), 2U);
}

TEST_F(RetryTest, WaitsTwiceAsLongEachTimeWithinItsJitter) {
    Retry retry = make({.attempts = 9, .first_wait = 1s, .longest_wait = 8s, .within = 1h});
    EXPECT_THROW(retry.run(stop_.get_token(), []() -> int { throw lost(); }), ConnectorError);
    const std::vector<std::chrono::seconds> longest{1s, 2s, 4s, 8s, 8s, 8s, 8s, 8s};
    ASSERT_EQ(clock_.sleeps.size(), longest.size());
    for (std::size_t i = 0; i < longest.size(); ++i) {
        EXPECT_LE(clock_.sleeps[i], longest[i]);
        EXPECT_GE(clock_.sleeps[i], longest[i] / 2);
    }
}

TEST_F(RetryTest, GivesUpAfterItsAttemptsWithTheLastError) {
    Retry retry = make({.attempts = 3});
    EXPECT_THROW(retry.run(stop_.get_token(),
                           [this]() -> int {
                               ++calls_;
                               throw lost();
                           }),
                 ConnectorError);
    EXPECT_EQ(calls_, 3);
}

TEST_F(RetryTest, GivesUpWhenItsTimeIsUsedUp) {
    Retry retry = make({.attempts = 1000, .first_wait = 10s, .longest_wait = 10s, .within = 60s});
    EXPECT_THROW(retry.run(stop_.get_token(), []() -> int { throw lost(); }), ConnectorError);
    EXPECT_LE(clock_.monotonic(), 60s);
    EXPECT_GE(clock_.sleeps.size(), 5U);
}

TEST_F(RetryTest, RefusedLoginIsNotTriedAgain) {
    Retry retry = make({});
    const auto refused = [this]() -> int {
        ++calls_;
        throw ConnectorError("erp", "28000/1045", Remedy::Stop, "login refused");
    };
    EXPECT_THROW(retry.run(stop_.get_token(), refused), ConnectorError);
    EXPECT_EQ(calls_, 1);
    EXPECT_TRUE(clock_.sleeps.empty());
}

TEST_F(RetryTest, AchievementStartsTheCountAnew) {
    Retry retry = make({.attempts = 2});
    const base::ConnectorError error = lost();
    EXPECT_TRUE(retry.wait(error, stop_.get_token()));
    retry.reset();
    EXPECT_TRUE(retry.wait(error, stop_.get_token()));
    EXPECT_FALSE(retry.wait(error, stop_.get_token()));
}

TEST_F(RetryTest, StopRequestEndsTheWait) {
    Retry retry = make({});
    stop_.request_stop();
    EXPECT_THROW(retry.run(stop_.get_token(), []() -> int { throw lost(); }), base::Stopped);
}

TEST_F(RetryTest, CountsByTheClassOfTheCode) {
    Retry retry = make({});
    EXPECT_TRUE(retry.wait(lost(), stop_.get_token()));
    EXPECT_EQ(metrics_.retries.Add({{"source", "erp"}, {"class", "08"}}).Value(), 1);
}

TEST(ErrorClass, IsTheFirstPartOfAnSqlstateAndOtherwiseTheCode) {
    EXPECT_EQ(error_class("40001/1213"), "40");
    EXPECT_EQ(error_class("HYT00"), "HY");
    EXPECT_EQ(error_class("HTTP 503"), "HTTP 503");
    EXPECT_EQ(error_class("errcode 45009"), "errcode 45009");
}

}  // namespace
}  // namespace hrbridge::jobs
