#include <gtest/gtest.h>

#include "daemon/app/retention_job.h"
#include "daemon/store/callback_inbox.h"
#include "tests/daemon/app/support/live_bench.h"

namespace hrbridge::app {
namespace {

using std::chrono::days;
using test::LiveBench;

// One old and one young row of every kind that retention deletes, and what it must never delete.
class Retention : public testing::Test {
  protected:
    void SetUp() override {
        services_ = bench_.load();
        connection_ = services_->store->connect();
        store::migrate(*connection_);
        model::Account account;
        account.name = "hr";
        store::AccountRepository(*connection_).add(account, bench_.clock.now());
    }

    void add_rows(const std::string& name) {
        const auto now = bench_.clock.now();
        model::Run run;
        run.mapping = "test";
        run.started_at = now;
        store::RunRepository runs(*connection_);
        runs.finish(runs.start(run), "done", now, std::nullopt);
        store::CallbackInbox inbox(*connection_);
        inbox.add({0, name, now, "click", "x"}, *services_->keys, std::chrono::seconds(5));
        inbox.finish(inbox.waiting(1).front().id, model::CallbackOutcome::Unknown, now);
        add_message(name, model::OutboxState::Sent);
        store::AccountRepository(*connection_)
            .add_session({name + std::string(32, 's'), 1, "f", now, now, now});
        store::AuditRepository(*connection_).add("hr", "finding.read", name, "", now);
    }

    void add_message(const std::string& name, model::OutboxState state) {
        model::OutboxEvent event;
        event.event_key = name;
        event.created_at = bench_.clock.now();
        event.next_attempt = event.created_at;
        store::OutboxRepository outbox(*connection_);
        outbox.add(event);
        event = outbox.list("", 1).front();
        event.state = state;
        event.sent_at = bench_.clock.now();
        outbox.update(event);
    }

    std::int64_t count(const std::string& from) const {
        const auto rows = connection_->query("SELECT count(*) FROM " + from, {});
        rows->next();
        return rows->integer(0);
    }

    LiveBench bench_;
    std::unique_ptr<Services> services_;
    std::unique_ptr<store::sql::Connection> connection_;
};

TEST_F(Retention, DeletesWhatIsOlderThanTheConfigurationKeepsAndNothingElse) {
    add_rows("old");
    add_message("dead", model::OutboxState::Dead);
    store::CallbackInbox(*connection_)
        .add({0, "waits", bench_.clock.now(), "click", "x"},
             *services_->keys,
             std::chrono::seconds(5));
    bench_.clock.advance(days(4000));
    add_rows("young");

    const RetentionReport report = delete_old_rows(*services_, {});

    EXPECT_EQ(report.runs, 1);
    EXPECT_EQ(report.callbacks, 1);
    EXPECT_EQ(report.messages, 1);
    EXPECT_EQ(report.sessions, 1);
    EXPECT_EQ(report.audit, 1);
    EXPECT_EQ(count("run"), 1);
    EXPECT_EQ(count("callback_inbox WHERE dedupe_key IN ('young', 'waits')"), 2);
    EXPECT_EQ(count("outbox WHERE event_key IN ('young', 'dead')"), 2);
    EXPECT_EQ(count("session"), 1);
    EXPECT_EQ(count("audit WHERE act = 'finding.read' AND object = 'young'"), 1);
    EXPECT_EQ(count("audit WHERE act = 'audit.purge' AND actor = 'service'"), 1);
    EXPECT_FALSE(store::AuditRepository(*connection_).first_broken());
}

TEST_F(Retention, KeepsEverythingThatIsYoungEnoughByDefault) {
    add_rows("young");
    bench_.clock.advance(days(29));

    const RetentionReport report = delete_old_rows(*services_, {});

    EXPECT_EQ(report.runs + report.callbacks + report.messages + report.sessions + report.audit, 0);
}

TEST_F(Retention, FollowsTheConfiguration) {
    bench_.configure(
        "web: {port: 0}\nretention: {runs_days: 10, callbacks_days: 20, messages_days: 93, "
        "sessions_days: 5, audit_days: 365}\n");
    services_ = bench_.load();
    services_->keys = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
    add_rows("row");
    bench_.clock.advance(days(6));
    EXPECT_EQ(delete_old_rows(*services_, {}).sessions, 1);
    bench_.clock.advance(days(5));
    EXPECT_EQ(delete_old_rows(*services_, {}).runs, 1);
    bench_.clock.advance(days(10));
    EXPECT_EQ(delete_old_rows(*services_, {}).callbacks, 1);
    bench_.clock.advance(days(73));
    EXPECT_EQ(delete_old_rows(*services_, {}).messages, 1);
    bench_.clock.advance(days(272));
    EXPECT_EQ(delete_old_rows(*services_, {}).audit, 1);
}

}  // namespace
}  // namespace hrbridge::app
