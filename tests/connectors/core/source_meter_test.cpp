#include "connectors/source_meter.h"

#include <thread>

#include <gmock/gmock.h>

#include "tests/support/manual_clock.h"

namespace hrbridge::connectors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

TEST(RowRate, AsksForAQuarterOfASecondsRowsAtOnceAndOfASlowRateForASeconds) {
    test::ManualClock clock;

    EXPECT_EQ(RowRate(clock, 1000).at_once(2000), 250);
    EXPECT_EQ(RowRate(clock, 1000).at_once(100), 100);
    EXPECT_EQ(RowRate(clock, 60).at_once(2000), 25);
    EXPECT_EQ(RowRate(clock, 10).at_once(2000), 10);
    EXPECT_EQ(RowRate(clock, 1).at_once(2000), 1);
    EXPECT_EQ(RowRate(clock, 0).at_once(2000), 2000);
}

TEST(RowRate, LetsNobodyAskBeforeWhatWasAskedForIsDue) {
    test::ManualClock clock;
    RowRate rate(clock, 1000);

    EXPECT_EQ(rate.take(250, {}), seconds(0));
    EXPECT_EQ(rate.take(250, {}), milliseconds(250));
    EXPECT_EQ(rate.take(500, {}), milliseconds(250));
    EXPECT_EQ(rate.take(1, {}), milliseconds(500));
}

TEST(RowRate, GivesNoCreditForAPause) {
    test::ManualClock clock;
    RowRate rate(clock, 1000);
    rate.take(250, {});
    clock.advance(seconds(60));

    EXPECT_EQ(rate.take(250, {}), seconds(0));
    EXPECT_EQ(rate.take(250, {}), milliseconds(250));
}

TEST(RowRate, RowsThatDidNotComeAreGivenBack) {
    test::ManualClock clock;
    RowRate rate(clock, 1000);
    rate.take(250, {});
    rate.give_back(200);

    EXPECT_EQ(rate.take(250, {}), milliseconds(50));
}

TEST(RowRate, RowsThatNobodyWaitedForHaveLaterOnesWait) {
    test::ManualClock clock;
    RowRate rate(clock, 1000);
    rate.count(100);

    EXPECT_EQ(rate.take(250, {}), milliseconds(100));
    rate.count(50);
    EXPECT_EQ(rate.take(1, {}), milliseconds(300));
}

TEST(RowRate, WhoWakesLateHasTheNextOnesWaitFromThen) {
    class LateClock final : public base::Clock {
      public:
        base::Timestamp now() const override { return {}; }
        std::chrono::nanoseconds monotonic() const override { return now_; }
        bool sleep(std::chrono::nanoseconds duration, const std::stop_token&) override {
            now_ += duration + milliseconds(200);
            return true;
        }

      private:
        std::chrono::nanoseconds now_{0};
    } clock;
    RowRate rate(clock, 1000);
    rate.take(250, {});

    EXPECT_EQ(rate.take(250, {}), milliseconds(250));
    EXPECT_EQ(rate.take(250, {}), milliseconds(250));
}

TEST(RowRate, AStopEndsTheWait) {
    test::ManualClock clock;
    RowRate rate(clock, 1);
    rate.take(1, {});
    std::stop_source stop;
    stop.request_stop();

    EXPECT_THROW(rate.take(1, stop.get_token()), base::Stopped);
    EXPECT_THROW(RowRate(clock, 0).take(1, stop.get_token()), base::Stopped);
}

class Sessions : public testing::Test {
  protected:
    std::shared_ptr<SourceMeter> meter(int sessions, milliseconds wait, milliseconds linger = {}) {
        SourceGuard guard;
        guard.sessions = sessions;
        guard.session_wait = wait;
        return std::make_shared<SourceMeter>(
            "erp", guard, SourceMeter::Parts{clock_, &metrics_, linger});
    }
    test::ManualClock clock_;
    monitoring::Metrics metrics_;
};

TEST_F(Sessions, WhoFindsNoneInTimeIsPutOffWithTheSettingToChange) {
    const auto source = meter(2, milliseconds(1));
    const auto first = source->session({});
    auto second = source->session({});

    try {
        source->session({});
        FAIL() << "a third session";
    } catch (const PutOff& why) {
        EXPECT_THAT(why.what(), HasSubstr("erp: all 2 sessions"));
        EXPECT_THAT(why.what(), HasSubstr("guard.sessions"));
    }
    second.reset();
    EXPECT_NO_THROW(source->session({}));
}

TEST_F(Sessions, AreGivenInTheOrderOfAsking) {
    const auto source = meter(1, seconds(60));
    auto mine = source->session({});
    std::mutex mutex;
    std::vector<int> order;
    std::vector<std::jthread> askers;
    for (int number = 0; number < 5; ++number) {
        askers.emplace_back([&, number] {
            const auto session = source->session({});
            const std::lock_guard lock(mutex);
            order.push_back(number);
        });
        while (source->waiting() != static_cast<std::size_t>(number) + 1) {
            std::this_thread::yield();
        }
    }

    mine.reset();
    askers.clear();

    EXPECT_THAT(order, testing::ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(Sessions, AStopEndsTheWait) {
    const auto source = meter(1, seconds(60));
    const auto mine = source->session({});
    std::stop_source stop;
    const std::jthread stopper([&] {
        while (source->waiting() == 0) {
            std::this_thread::yield();
        }
        stop.request_stop();
    });

    EXPECT_THROW(source->session(stop.get_token()), base::Stopped);
}

TEST_F(Sessions, AreFreeOnceTheServerSeesTheirEndToo) {
    const auto source = meter(2, seconds(60), milliseconds(50));
    source->session({});
    source->session({});  // another one, that was free all the while
    EXPECT_EQ(clock_.monotonic(), milliseconds(0));

    source->session({});

    EXPECT_EQ(clock_.monotonic(), milliseconds(50));
}

TEST_F(Sessions, AreMeasuredWithTheirLimits) {
    const auto source = meter(3, seconds(60));
    const auto first = source->session({});
    source->session({});
    source->statement_took(seconds(2));

    const std::string text = metrics_.expose();

    EXPECT_THAT(text, HasSubstr("hrbridge_source_sessions{source=\"erp\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("hrbridge_source_sessions_most{source=\"erp\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("hrbridge_source_limit{limit=\"sessions\",source=\"erp\"} 3\n"));
    EXPECT_THAT(text, Not(HasSubstr("limit=\"rows_per_second\"")));
    EXPECT_THAT(text,
                HasSubstr("hrbridge_source_statement_seconds_bucket{source=\"erp\",le=\"1\"} 0\n"));
    EXPECT_THAT(text,
                HasSubstr("hrbridge_source_statement_seconds_bucket{source=\"erp\",le=\"5\"} 1\n"));
}

TEST(SourceRate, IsSharedByAllWhoAskAndItsWaitsAreCounted) {
    test::ManualClock clock;
    monitoring::Metrics metrics;
    SourceGuard guard;
    guard.rows_per_second = 1000;
    const auto source =
        std::make_shared<SourceMeter>("erp", guard, SourceMeter::Parts{clock, &metrics, {}});

    for (int page = 0; page < 9; ++page) {
        source->take_rows(source->rows_at_once(5000), {});
    }

    EXPECT_EQ(clock.monotonic(), seconds(2));
    EXPECT_THAT(metrics.expose(),
                HasSubstr("hrbridge_source_wait_seconds_total{source=\"erp\",why=\"rows\"} 2\n"));
}

}  // namespace
}  // namespace hrbridge::connectors
