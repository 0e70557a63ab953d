#include <gmock/gmock.h>

#include "daemon/base/clock.h"
#include "daemon/store/repositories.h"
#include "daemon/store/store.h"
#include "tests/daemon/app/support/command_bench.h"

namespace hrbridge::app {
namespace {

using model::OutboxState;
using test::CommandBench;
using test::Ran;
using testing::HasSubstr;

// Messages sent again by hand.
class OutboxRetry : public testing::Test {
  protected:
    OutboxRetry() {
        store::StoreOptions options;
        options.path = bench_.folder.file("hr.db");
        store_ = store::open_store(options);
        connection_ = store_->connect();
        store::migrate(*connection_);
    }
    std::int64_t put(OutboxState state, const std::string& request = "{}") {
        store::OutboxRepository outbox(*connection_);
        model::OutboxEvent event;
        event.event_key = "event" + std::to_string(++made_);
        event.kind = "warning_card";
        event.receiver = "hr01";
        event.request = request;
        event.created_at = clock_.now();
        event.next_attempt = clock_.now();
        EXPECT_TRUE(outbox.add(event));
        event = outbox.of_event(event.event_key).at(0);
        event.state = state;
        event.attempts = 3;
        event.last_error = "no such receiver";
        outbox.update(event);
        return event.id;
    }
    Ran retry(std::int64_t id) { return bench_.run({"outbox", "retry", std::to_string(id)}); }
    model::OutboxEvent find(std::int64_t id) {
        return *store::OutboxRepository(*connection_).find(id);
    }
    std::int64_t audited() {
        const auto rows =
            connection_->query("SELECT count(*) FROM audit WHERE act = 'outbox.retry'", {});
        return rows->next() ? rows->integer(0) : -1;
    }
    void expect_refusal(std::int64_t id, const char* why) {
        const model::OutboxEvent before = find(id);
        const Ran ran = retry(id);
        EXPECT_EQ(ran.exit, Exit::Usage);
        EXPECT_EQ(ran.out, "");
        EXPECT_THAT(ran.errors, HasSubstr(why));
        EXPECT_EQ(find(id).state, before.state);
        EXPECT_EQ(find(id).attempts, before.attempts);
        EXPECT_EQ(audited(), 0);
    }

    CommandBench bench_;
    base::SystemClock clock_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<store::sql::Connection> connection_;
    int made_ = 0;
};

TEST_F(OutboxRetry, RefusesWhatIsNeitherDeadNorUncertain) {
    for (const OutboxState state :
         {OutboxState::Waiting, OutboxState::Sending, OutboxState::Sent}) {
        expect_refusal(put(state), "only dead and uncertain messages");
    }
}

TEST_F(OutboxRetry, RefusesAMessageThatCouldNotBeBuilt) {
    expect_refusal(put(OutboxState::Dead, ""), "could not be built (no such receiver)");
}

TEST_F(OutboxRetry, RefusesAMessageThatWasTakenBack) {
    const std::int64_t id = put(OutboxState::Dead);
    store::OutboxRepository(*connection_).withdraw(find(id).event_key, clock_.now());
    expect_refusal(id, "was taken back");
}

TEST_F(OutboxRetry, KnowsOnlyMessagesThatAreThere) {
    EXPECT_EQ(retry(77).exit, Exit::Usage);
    EXPECT_EQ(bench_.run({"outbox", "retry", "x"}).exit, Exit::Usage);
}

TEST_F(OutboxRetry, SendsDeadAndUncertainMessagesAgain) {
    for (const OutboxState state : {OutboxState::Dead, OutboxState::Uncertain}) {
        const std::int64_t id = put(state);
        EXPECT_EQ(retry(id).exit, Exit::Done);
        EXPECT_EQ(find(id).state, OutboxState::Waiting);
        EXPECT_EQ(find(id).attempts, 0);
    }
    EXPECT_EQ(audited(), 2);
}

}  // namespace
}  // namespace hrbridge::app
