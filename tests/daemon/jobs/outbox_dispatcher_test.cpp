#include "daemon/jobs/outbox_dispatcher.h"

#include <chrono>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "daemon/jobs/outbox_gauges.h"
#include "tests/connectors/wecom/support/wecom_bench.h"
#include "tests/daemon/jobs/support/test_store.h"
#include "tests/support/memory_log.h"

namespace hrbridge::jobs {
namespace {

using Way = wecom::sandbox::Trouble::Way;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::WecomBench;

class OutboxDispatcherTest : public testing::TestWithParam<std::string> {
  protected:
    std::int64_t add(const std::string& key, const std::string& receiver = "lisi") {
        model::OutboxEvent event;
        event.event_key = key;
        event.kind = "warning_card";
        event.receiver = receiver;
        event.request = WecomBench::text(receiver, key);
        event.created_at = bench.clock.now();
        event.next_attempt = bench.clock.now();
        const auto connection = store.connect();
        store::OutboxRepository outbox(*connection);
        EXPECT_TRUE(outbox.add(event));
        return outbox.list("", 1).front().id;
    }
    model::OutboxEvent find(std::int64_t id) {
        const auto connection = store.connect();
        return store::OutboxRepository(*connection).find(id).value();
    }
    OutboxDispatcher make(connectors::MessageSender& sender, DispatchOptions options = {}) {
        return OutboxDispatcher({store.store(), sender, bench.clock, log, bench.metrics}, options);
    }
    DispatchReport run() { return dispatcher.run_once({}); }
    // Runs and moves the clock until the message is no longer waiting.
    model::OutboxEvent run_until_settled(std::int64_t id) {
        for (int i = 0; i < 200 && find(id).state == model::OutboxState::Waiting; ++i) {
            run();
            bench.clock.advance(minutes(10));
        }
        return find(id);
    }

    WecomBench bench;
    test::TestStore store{GetParam()};
    store::KeptConnection kept{store.store()};
    test::MemoryLog log;
    OutboxDispatcher dispatcher = make(bench.sender);
};

TEST_P(OutboxDispatcherTest, SendsWhatIsDueOnce) {
    const std::int64_t id = add("a");
    add("b", "zhangsan");
    EXPECT_EQ(run().sent, 2);
    EXPECT_EQ(run().sent, 0);
    const model::OutboxEvent event = find(id);
    EXPECT_EQ(event.state, model::OutboxState::Sent);
    EXPECT_EQ(event.attempts, 1);
    EXPECT_EQ(event.message_id, bench.sandbox.deliveries("lisi").front().msgid);
    EXPECT_EQ(bench.sandbox.deliveries().size(), 2U);
    measure_outbox(kept, bench.clock.now(), log, bench.metrics);
    EXPECT_NE(bench.metrics.expose().find("state=\"sent\"} 2"), std::string::npos);
}

TEST_P(OutboxDispatcherTest, IsMeasuredWhileNobodySends) {
    const auto measured = [&] {
        measure_outbox(kept, bench.clock.now(), log, bench.metrics);
        return bench.metrics.expose();
    };
    EXPECT_NE(measured().find("hrbridge_outbox_oldest_seconds 0"), std::string::npos);
    add("a");
    bench.clock.advance(std::chrono::seconds(100));
    add("b");

    const std::string first = measured();
    bench.clock.advance(std::chrono::seconds(20));
    const std::string second = measured();

    EXPECT_NE(first.find("hrbridge_outbox_events{state=\"waiting\"} 2"), std::string::npos)
        << first;
    EXPECT_NE(first.find("hrbridge_outbox_oldest_seconds 100"), std::string::npos) << first;
    EXPECT_NE(second.find("hrbridge_outbox_oldest_seconds 120"), std::string::npos) << second;
}

TEST_P(OutboxDispatcherTest, RetriesABusyPlatformAndGivesUpInTheEnd) {
    const std::int64_t id = add("a");
    bench.refuse(-1, 2);
    EXPECT_EQ(run_until_settled(id).state, model::OutboxState::Sent);
    EXPECT_EQ(find(id).attempts, 3);
    const std::int64_t other = add("b");
    bench.refuse(-1, 1000);
    EXPECT_EQ(run_until_settled(other).state, model::OutboxState::Dead);
    EXPECT_EQ(find(other).attempts, DispatchOptions{}.attempts);
    EXPECT_TRUE(log.contains("warning a message was given up"));
}

TEST_P(OutboxDispatcherTest, GivesUpAMessageThatCanNeverWork) {
    const std::int64_t id = add("a", "nobody");
    EXPECT_EQ(run().dead, 1);
    EXPECT_EQ(find(id).state, model::OutboxState::Dead);
    EXPECT_EQ(find(id).last_code, "81013");
}

TEST_P(OutboxDispatcherTest, SendsNothingMoreAfterAHaltUntilItsTime) {
    add("a");
    add("b");
    bench.sandbox.set_trusted_ips({"203.0.113.7"});
    const DispatchReport report = run();
    ASSERT_TRUE(report.halted_until.has_value());
    EXPECT_EQ(report.postponed, 1);
    EXPECT_TRUE(log.contains("error WeCom takes no messages"));
    EXPECT_TRUE(log.contains("60020"));
    bench.sandbox.set_trusted_ips({});
    EXPECT_EQ(run().sent, 0);
    bench.clock.advance(*report.halted_until - bench.clock.now());
    EXPECT_EQ(run().sent, 2);
}

TEST_P(OutboxDispatcherTest, DoesNotCountWhatItHeldBackItself) {
    for (int i = 0; i < 31; ++i) {
        add("m" + std::to_string(i));
    }
    const std::int64_t last = add("last");
    for (int i = 0; i < 5; ++i) {
        run();
    }
    EXPECT_EQ(find(last).attempts, 0);
    EXPECT_EQ(run_until_settled(last).state, model::OutboxState::Sent);
    EXPECT_EQ(bench.sandbox.counters().dropped, 0);
    EXPECT_EQ(bench.sandbox.deliveries("lisi").size(), 32U);
}

TEST_P(OutboxDispatcherTest, LosesNoMessageToARateLimitHoweverOftenItIsMet) {
    const std::int64_t id = add("a");
    bench.refuse(45009, 30);
    for (int i = 0; i < 30; ++i) {
        run();
        bench.clock.advance(hours(1) + minutes(1));
    }
    EXPECT_EQ(find(id).state, model::OutboxState::Waiting);
    EXPECT_EQ(find(id).attempts, 0);
    EXPECT_EQ(run_until_settled(id).state, model::OutboxState::Sent);
    EXPECT_EQ(bench.sandbox.deliveries("lisi").size(), 1U);
}

TEST_P(OutboxDispatcherTest, WaitsLongerEachTimeAfterRefusalsThatCountNoAttempt) {
    const std::int64_t id = add("a");
    bench.refuse(45033, 8);
    std::chrono::nanoseconds wait{};
    for (int i = 0; i < 8; ++i) {
        run();
        wait = find(id).next_attempt - bench.clock.now();
        bench.clock.advance(wait);
    }
    EXPECT_GE(wait, minutes(30));
    EXPECT_LE(wait, hours(1));
    EXPECT_EQ(find(id).attempts, 0);
    EXPECT_EQ(run().sent, 1);
}

TEST_P(OutboxDispatcherTest, RepeatsTheSameBytesAfterALostAnswerAndDeliversOnce) {
    const std::int64_t id = add("a");
    bench.disturb(Way::DropAfter);
    run();
    EXPECT_EQ(find(id).state, model::OutboxState::Waiting);
    EXPECT_EQ(find(id).last_code, "unknown");
    EXPECT_EQ(run_until_settled(id).state, model::OutboxState::Sent);
    EXPECT_EQ(bench.sandbox.deliveries("lisi").size(), 1U);
    EXPECT_EQ(bench.sandbox.counters().duplicates, 1);
}

TEST_P(OutboxDispatcherTest, LeavesALostAnswerToAPersonWhenTheDuplicateCheckIsOver) {
    const std::int64_t id = add("a");
    bench.disturb(Way::DropAfter);
    run();
    bench.clock.advance(seconds(14'400 - 299));
    EXPECT_EQ(run().uncertain, 1);
    EXPECT_EQ(find(id).state, model::OutboxState::Uncertain);
    EXPECT_EQ(bench.sandbox.deliveries("lisi").size(), 1U);
    bench.clock.advance(hours(24));
    EXPECT_EQ(run().sent, 0);
}

TEST_P(OutboxDispatcherTest, DoesNotForgetALostAnswerOverLaterRefusalsAndHalts) {
    for (const int errcode : {-1, 60020}) {
        const std::int64_t id = add("a" + std::to_string(errcode));
        const std::size_t before = bench.sandbox.deliveries().size();
        bench.disturb(Way::DropAfter);
        run();
        bench.clock.advance(minutes(2));
        bench.refuse(errcode);
        run();
        EXPECT_EQ(find(id).state, model::OutboxState::Waiting);
        bench.clock.advance(hours(5));
        run();
        EXPECT_EQ(find(id).state, model::OutboxState::Uncertain) << errcode;
        EXPECT_EQ(bench.sandbox.deliveries().size(), before + 1);
    }
}

TEST_P(OutboxDispatcherTest, LeavesARefusalAfterALostAnswerToAPersonSinceTheMessageMayHaveArrived) {
    const std::int64_t id = add("a");
    bench.disturb(Way::DropAfter);
    run();
    bench.clock.advance(minutes(2));
    bench.refuse(81013);

    EXPECT_EQ(run().uncertain, 1);

    EXPECT_EQ(find(id).state, model::OutboxState::Uncertain);
    EXPECT_EQ(find(id).last_code, "unknown, then 81013");
}

TEST_P(OutboxDispatcherTest, SendsARefusedMessageHoweverLateSinceNothingCouldBeDoubled) {
    const std::int64_t id = add("a");
    bench.refuse(60020);
    run();
    bench.clock.advance(hours(10));
    run();
    EXPECT_EQ(find(id).state, model::OutboxState::Sent);
}

TEST_P(OutboxDispatcherTest, StaysAwayFromTheMinutesThatThePlatformAdvisesAgainst) {
    add("a");
    DispatchOptions options;
    options.avoid_busy_minutes = true;
    OutboxDispatcher polite = make(bench.sender, options);
    bench.clock.step_to(*base::parse_timestamp("2024-05-06 08:00:00Z"));
    EXPECT_EQ(polite.run_once({}).sent, 0);
    bench.clock.step_to(*base::parse_timestamp("2024-05-06 08:30:59Z"));
    EXPECT_EQ(polite.run_once({}).sent, 0);
    bench.clock.step_to(*base::parse_timestamp("2024-05-06 08:31:00Z"));
    EXPECT_EQ(polite.run_once({}).sent, 1);
}

// Sends and dies before the outcome is written, as after a power cut.
class DyingSender final : public connectors::MessageSender {
  public:
    explicit DyingSender(connectors::MessageSender& inner) : inner_(inner) {}
    connectors::SendOutcome send(const std::string& request, const std::string& receiver) override {
        inner_.send(request, receiver);
        throw std::runtime_error("killed");
    }

  private:
    connectors::MessageSender& inner_;
};

TEST_P(OutboxDispatcherTest, DeliversOnceWhenTheProcessDiesBetweenSendingAndWriting) {
    const std::int64_t id = add("a");
    DyingSender dying(bench.sender);
    OutboxDispatcher first = make(dying);
    EXPECT_THROW(first.run_once({}), std::runtime_error);
    EXPECT_EQ(find(id).state, model::OutboxState::Sending);
    EXPECT_EQ(run().sent, 0) << "the claim is not stale yet";
    bench.clock.advance(seconds(301));
    EXPECT_EQ(run().sent, 1);
    EXPECT_EQ(find(id).state, model::OutboxState::Sent);
    EXPECT_EQ(bench.sandbox.deliveries("lisi").size(), 1U);
    EXPECT_EQ(bench.sandbox.counters().duplicates, 1);
}

TEST_P(OutboxDispatcherTest, LeavesAnInterruptedSendingToAPersonWhenTheDuplicateCheckIsOver) {
    const std::int64_t id = add("a");
    DyingSender dying(bench.sender);
    OutboxDispatcher first = make(dying);
    EXPECT_THROW(first.run_once({}), std::runtime_error);
    bench.clock.advance(hours(5));
    run();
    EXPECT_EQ(find(id).state, model::OutboxState::Uncertain);
    EXPECT_EQ(bench.sandbox.deliveries("lisi").size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         OutboxDispatcherTest,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& kind) { return kind.param; });

}  // namespace
}  // namespace hrbridge::jobs
