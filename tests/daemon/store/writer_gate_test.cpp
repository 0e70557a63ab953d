#include "daemon/store/sqlite/writer_gate.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "daemon/base/error.h"
#include "daemon/store/callback_inbox.h"
#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace hrbridge::store::sqlite {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(WriterGate, LetsInFirstWhoCanWaitLeast) {
    WriterGate gate;
    ASSERT_TRUE(gate.enter(seconds(1)));
    std::mutex mutex;
    std::string order;
    const auto write = [&](char name, seconds patience) {
        ASSERT_TRUE(gate.enter(patience));
        {
            const std::lock_guard lock(mutex);
            order += name;
        }
        gate.leave();
    };
    std::jthread patient([&] { write('p', seconds(60)); });
    ASSERT_TRUE(test::wait_for([&] { return gate.waiting() == 1; }));
    std::jthread hurried([&] { write('h', seconds(30)); });
    ASSERT_TRUE(test::wait_for([&] { return gate.waiting() == 2; }));

    gate.leave();

    patient.join();
    hurried.join();
    EXPECT_EQ(order, "hp");
}

TEST(WriterGate, GivesUpWhenItsTimeIsOver) {
    WriterGate gate;
    ASSERT_TRUE(gate.enter(seconds(1)));

    EXPECT_FALSE(gate.enter(milliseconds(10)));

    gate.leave();
    EXPECT_TRUE(gate.enter(milliseconds(10)));
}

TEST(WriterGate, IsOneForAllNamesOfAFile) {
    const test::TempDir folder;
    const std::string file = folder.write("hr.db", "");

    EXPECT_EQ(WriterGate::of(file), WriterGate::of(folder.file("./hr.db")));
    EXPECT_NE(WriterGate::of(file), WriterGate::of(folder.file("other.db")));
    EXPECT_NE(WriterGate::of(":memory:"), WriterGate::of(":memory:"));
}

class BusyStore : public testing::Test {
  protected:
    BusyStore() {
        StoreOptions options;
        options.path = folder_.file("hr.db");
        store_ = open_store(options);
        migrate(*store_->connect());
    }

    test::TempDir folder_;
    std::unique_ptr<Store> store_;
};

// The gap between two transactions is shorter than any pause between two polls of SQLite.
TEST_F(BusyStore, LetsACallbackInBetweenTheBatchesOfASync) {
    const auto keys = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
    std::atomic<int> batches = 0;
    std::jthread sync([&](const std::stop_token& stop) {
        const auto connection = store_->connect();
        while (!stop.stop_requested()) {
            sql::Transaction batch(*connection);
            ++batches;
            std::this_thread::sleep_for(milliseconds(130));
            batch.commit();
        }
    });
    const auto connection = store_->connect();
    for (int i = 0; i < 5; ++i) {
        const int before = batches;
        ASSERT_TRUE(test::wait_for([&] { return batches > before; }));
        const model::Callback press{0, std::to_string(i), base::Timestamp(), "click", "x"};

        EXPECT_NO_THROW(CallbackInbox(*connection).add(press, keys, seconds(10)));
    }
}

TEST_F(BusyStore, TakesStatementsOfTheirOwnInTurnToo) {
    const auto first = store_->connect();
    const auto second = store_->connect();
    second->run_script("PRAGMA busy_timeout = 20");
    const char* write = "UPDATE run SET outcome = 'done' WHERE id = -1";
    const char* write_and_read = "UPDATE run SET outcome = 'done' WHERE id = -1 RETURNING id";
    {
        const sql::Transaction held(*first);
        EXPECT_THROW(second->execute(write, {}), base::StoreError);
        EXPECT_THROW(second->query(write_and_read, {}), base::StoreError);
        EXPECT_TRUE(second->query("SELECT count(*) FROM run", {})->next()) << "readers wait for it";
        first->execute(write, {});
    }
    EXPECT_EQ(second->execute(write, {}), 0);
    {
        const auto rows = second->query(write_and_read, {});
        EXPECT_FALSE(rows->next());
    }
    EXPECT_NO_THROW(sql::Transaction(*first).commit());
}

TEST_F(BusyStore, IsFreeAgainAfterAWriterThatGaveUpOrDied) {
    const auto second = store_->connect();
    second->run_script("PRAGMA busy_timeout = 20");
    {
        const auto first = store_->connect();
        first->begin();
        EXPECT_THROW(first->begin(), base::StoreError);
        EXPECT_THROW(second->begin(), base::StoreError);
    }
    second->begin();
    second->rollback();
    EXPECT_NO_THROW(sql::Transaction(*store_->connect()).commit());
}

}  // namespace
}  // namespace hrbridge::store::sqlite
