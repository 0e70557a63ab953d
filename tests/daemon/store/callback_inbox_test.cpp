#include "daemon/store/callback_inbox.h"

#include <memory>

#include <gtest/gtest.h>

#include "daemon/base/error.h"
#include "daemon/store/repositories.h"
#include "daemon/store/store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::store {
namespace {

constexpr std::chrono::milliseconds kPatience{5'000};

class CallbackInboxOn : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        StoreOptions options;
        options.kind = GetParam();
        if (options.kind == "postgres") {
            database_ = test::PostgresServer::instance().create_database();
            options.connection = test::PostgresServer::instance().connection(database_);
        } else {
            options.path = folder_.file("hr.db");
        }
        store_ = open_store(options);
        connection_ = store_->connect();
        migrate(*connection_);
    }
    void TearDown() override {
        connection_.reset();
        store_.reset();
        if (!database_.empty()) {
            test::PostgresServer::instance().drop_database(database_);
        }
    }

    model::Callback callback(const std::string& key) const {
        return {0, key, clock_.now(), "template_card_event", "<xml>绩效</xml>"};
    }

    test::TempDir folder_;
    std::string database_;
    test::ManualClock clock_;
    base::SealKeys keys_ = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
    std::unique_ptr<Store> store_;
    std::unique_ptr<sql::Connection> connection_;
};

TEST_P(CallbackInboxOn, KeepsAHappeningOnceHoweverOftenItIsDelivered) {
    CallbackInbox inbox(*connection_);

    EXPECT_TRUE(inbox.add(callback("a"), keys_, kPatience));
    EXPECT_FALSE(inbox.add(callback("a"), keys_, kPatience));
    EXPECT_TRUE(inbox.add(callback("b"), keys_, kPatience));

    const auto waiting = inbox.waiting(10);
    ASSERT_EQ(waiting.size(), 2U);
    EXPECT_EQ(waiting[0].dedupe_key, "a");
    EXPECT_EQ(waiting[0].event, "template_card_event");
    EXPECT_EQ(waiting[0].received_at, clock_.now());
}

TEST_P(CallbackInboxOn, SealsTheBodyForItsOwnRow) {
    CallbackInbox inbox(*connection_);
    inbox.add(callback("a"), keys_, kPatience);
    const model::Callback kept = inbox.waiting(1).front();
    const auto others = base::SealKeys::parse(base::SealKeys::generate("k1")).value();

    EXPECT_EQ(inbox.body(kept, keys_).value(), "<xml>绩效</xml>");
    EXPECT_FALSE(inbox.body(kept, others).ok());
    const auto rows = connection_->query("SELECT body FROM callback_inbox", {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->bytes(0).find("绩效"), std::string::npos);
}

TEST_P(CallbackInboxOn, GivesTheWorkToOneProcessOnly) {
    CallbackInbox inbox(*connection_);
    inbox.add(callback("a"), keys_, kPatience);
    const std::int64_t id = inbox.waiting(1).front().id;

    EXPECT_TRUE(inbox.finish(id, model::CallbackOutcome::Unknown, clock_.now()));
    EXPECT_FALSE(inbox.finish(id, model::CallbackOutcome::Noted, clock_.now()));

    EXPECT_TRUE(inbox.waiting(10).empty());
    const auto rows = connection_->query("SELECT outcome FROM callback_inbox", {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->text(0), "unknown");
}

TEST_P(CallbackInboxOn, DeletesOnlyWhatWasWorkedOnLongAgo) {
    CallbackInbox inbox(*connection_);
    inbox.add(callback("worked"), keys_, kPatience);
    inbox.finish(inbox.waiting(1).front().id, model::CallbackOutcome::Noted, clock_.now());
    inbox.add(callback("waits"), keys_, kPatience);
    clock_.advance(std::chrono::days(1));

    EXPECT_EQ(inbox.purge(clock_.now() - std::chrono::days(1)), 0);
    EXPECT_EQ(inbox.purge(clock_.now()), 1);
    EXPECT_EQ(inbox.waiting(10).size(), 1U);
}

TEST_P(CallbackInboxOn, LetsWhatNoKeyOpensWaitAndDeletesItWhenItIsOld) {
    CallbackInbox inbox(*connection_);
    inbox.add(callback("a"), keys_, kPatience);
    inbox.add(callback("b"), keys_, kPatience);
    const std::int64_t first = inbox.waiting(1).front().id;

    EXPECT_TRUE(inbox.set_aside(first));
    EXPECT_FALSE(inbox.set_aside(first));

    EXPECT_EQ(inbox.waiting(10).size(), 2U);
    ASSERT_EQ(inbox.waiting(10, first).size(), 1U);
    EXPECT_EQ(inbox.waiting(10, first).front().dedupe_key, "b");
    EXPECT_EQ(inbox.purge(clock_.now()), 0);
    EXPECT_EQ(inbox.purge(clock_.now() + std::chrono::days(1)), 1);
    EXPECT_EQ(inbox.waiting(10).front().dedupe_key, "b");
}

// The platform's own rule: the same bytes are told twice when the first answer did not come.
TEST(CallbackInbox, GivesUpBeforeThePlatformDoesWhileAnotherWriterHoldsTheFile) {
    const test::TempDir folder;
    StoreOptions options;
    options.path = folder.file("hr.db");
    const auto store = open_store(options);
    const auto writer = store->connect();
    migrate(*writer);
    const auto keys = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
    const auto connection = store->connect();
    const sql::Transaction held(*writer);

    EXPECT_THROW(
        CallbackInbox(*connection)
            .add({0, "a", base::Timestamp(), "click", "x"}, keys, std::chrono::milliseconds(50)),
        base::StoreError);
}

INSTANTIATE_TEST_SUITE_P(Store, CallbackInboxOn, testing::Values("sqlite", "postgres"));

}  // namespace
}  // namespace hrbridge::store
