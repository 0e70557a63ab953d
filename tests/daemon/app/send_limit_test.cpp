#include <string>

#include <gtest/gtest.h>

#include "connectors/wecom/messages.h"
#include "tests/daemon/app/support/live_bench.h"

namespace hrbridge::app {
namespace {

using test::LiveBench;

class SendLimit : public testing::Test {
  protected:
    SendLimit() {
        bench_.services = bench_.load();
        store::migrate(*bench_.services->store->connect());
    }

    void write(const std::string& receiver, int messages) {
        const auto connection = bench_.services->store->connect();
        store::OutboxRepository outbox(*connection);
        for (int i = 0; i < messages; ++i) {
            model::OutboxEvent event;
            event.event_key = "e" + std::to_string(++written_);
            event.kind = "operations";
            event.receiver = receiver;
            event.request = wecom::text_message({receiver, 1'000'002}, event.event_key).value();
            event.created_at = bench_.clock.now();
            event.next_attempt = bench_.clock.now();
            ASSERT_TRUE(outbox.add(event));
        }
    }
    jobs::DispatchReport send() { return dispatch_outbox(*bench_.services, {}); }
    // What a reload and a restart do: nothing of the old sender is left.
    void start_anew() { bench_.services = bench_.load(); }

    LiveBench bench_;
    int written_ = 0;
};

TEST_F(SendLimit, OfAMinuteHoldsOverARestart) {
    write("hr01", 30);
    ASSERT_EQ(send().sent, 30);
    start_anew();
    write("HR01", 20);
    write("hr02", 1);

    EXPECT_EQ(send().sent, 1) << "only the other person's";

    EXPECT_EQ(bench_.count("outbox WHERE last_code = 'limit'"), 20);
    bench_.clock.advance(std::chrono::seconds(121));
    EXPECT_EQ(send().sent, 20);
    EXPECT_EQ(bench_.sandbox.counters().dropped, 0);
}

TEST_F(SendLimit, OfAnHourHoldsOverARestart) {
    for (int minute = 0; minute < 33; ++minute) {
        write("hr01", 30);
        ASSERT_EQ(send().sent, 30);
        bench_.clock.advance(std::chrono::seconds(61));
    }
    start_anew();
    write("hr01", 20);

    EXPECT_EQ(send().sent, 10);

    EXPECT_EQ(bench_.sandbox.counters().dropped, 0);
}

TEST_F(SendLimit, OfADayHoldsOverARestart) {
    bench_.clock.advance(std::chrono::hours(24) -
                         (bench_.clock.now().time_since_epoch() + std::chrono::hours(8)) %
                             std::chrono::hours(24));  // the platform's day begins
    for (int minute = 0; minute < 6; ++minute) {
        write("hr01", 30);
        ASSERT_EQ(send().sent, 30);
        bench_.clock.advance(std::chrono::seconds(61));
    }
    start_anew();
    wecom::SendLimits limits;
    limits.account_cap = 1;
    wecom::WecomSender sender(
        bench_.services->wecom->client, limits, bench_.clock, &bench_.services->wecom->ledger);
    const std::string text = wecom::text_message({"hr02", 1'000'002}, "later").value();

    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(sender.send(text, "hr02").kind, connectors::SendOutcome::Kind::Sent);
    }
    const auto held = sender.send(text, "hr02");

    EXPECT_EQ(held.code, "limit");
    EXPECT_GT(held.wait_seconds, 23 * 3600);
    bench_.clock.advance(std::chrono::seconds(held.wait_seconds));
    EXPECT_EQ(sender.send(text, "hr02").kind, connectors::SendOutcome::Kind::Sent);
}

TEST_F(SendLimit, IsSharedByTwoDaemonsOnOneStore) {
    const auto other = bench_.load();
    write("hr01", 20);
    ASSERT_EQ(send().sent, 20);
    write("hr01", 20);

    EXPECT_EQ(dispatch_outbox(*other, {}).sent, 10);

    EXPECT_EQ(bench_.sandbox.counters().dropped, 0);
}

TEST_F(SendLimit, CountsNoMessageThatNeverLeft) {
    bench_.sandbox.stop();
    for (int i = 0; i < 40; ++i) {
        const auto outcome = bench_.services->wecom->sender.send("{}", "hr01");
        ASSERT_NE(outcome.code, "limit");
    }
    EXPECT_EQ(bench_.count("outbox_send"), 0);
}

}  // namespace
}  // namespace hrbridge::app
