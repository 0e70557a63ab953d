#include "daemon/store/terminal_inbox.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "daemon/base/error.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr std::chrono::milliseconds kPatience{10'000};

class TerminalInboxOn : public BothStores {
  protected:
    model::TerminalUpload upload(const std::vector<std::string>& pins,
                                 const std::string& serial = "A1") const {
        model::TerminalUpload made;
        made.source = "gates";
        made.serial = serial;
        made.address = "10.1.0.5";
        made.received_at = clock_.now();
        for (const std::string& pin : pins) {
            made.records.push_back(punch(pin));
        }
        return made;
    }
    static model::TerminalRecord punch(const std::string& pin) {
        model::TerminalRecord record;
        record.pin = pin;
        record.punched = "2024-05-06 07:58:00";
        record.status = "0";
        record.verify = "1";
        return record;
    }
    static model::TerminalRecord garbage(const std::string& line) {
        model::TerminalRecord record;
        record.problem = "the line has no tab";
        record.line = line;
        return record;
    }
    std::vector<model::TerminalRecord> read(std::int64_t behind = 0) {
        return TerminalInbox(*connection_).read("gates", behind, 1 << 30, 100, keys_);
    }

    base::SealKeys keys_ = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
};

TEST_P(TerminalInboxOn, KeepsWhatComesAgainOnce) {
    TerminalInbox inbox(*connection_);

    EXPECT_EQ(inbox.add(upload({"1", "2"}), keys_, kPatience).kept, 2);
    EXPECT_EQ(inbox.add(upload({"1", "2", "3", "3"}), keys_, kPatience).kept, 1);
    EXPECT_EQ(inbox.add(upload({"1"}, "A2"), keys_, kPatience).kept, 1) << "another terminal";

    const auto records = read();
    ASSERT_THAT(records, SizeIs(4));
    EXPECT_EQ(records[2].pin, "3");
    EXPECT_EQ(records[3].serial, "A2");
    EXPECT_EQ(inbox.newest("gates"), records[3].id);
    EXPECT_EQ(inbox.newest("other"), 0);
}

TEST_P(TerminalInboxOn, APunchOfAnotherStatusOrWayIsAnother) {
    auto made = upload({"1", "1", "1"});
    made.records[1].status = "1";
    made.records[2].verify = "15";

    EXPECT_EQ(TerminalInbox(*connection_).add(made, keys_, kPatience).kept, 3);
}

TEST_P(TerminalInboxOn, KeepsALineThatIsNoPunchSealedAndOnce) {
    TerminalInbox inbox(*connection_);
    auto made = upload({"1"});
    const std::string line("10001\tgarbage of 张三 \0\xFF", 25);
    made.records.push_back(garbage(line));

    const auto added = inbox.add(made, keys_, kPatience);
    EXPECT_EQ(added.kept, 2);
    EXPECT_EQ(added.problems, 1);
    EXPECT_EQ(inbox.add(made, keys_, kPatience).kept, 0);

    const auto records = read();
    ASSERT_THAT(records, SizeIs(2));
    EXPECT_EQ(records[1].line, line);
    EXPECT_EQ(records[1].problem, "the line has no tab");
    const auto rows =
        connection_->query("SELECT line FROM terminal_record WHERE line IS NOT NULL", {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->bytes(0).find("garbage"), std::string::npos);
}

TEST_P(TerminalInboxOn, ALineThatNoKeyOpensStopsTheReading) {
    auto made = upload({});
    made.records.push_back(garbage("x"));
    TerminalInbox(*connection_).add(made, keys_, kPatience);
    keys_ = base::SealKeys::parse(base::SealKeys::generate("k2")).value();

    EXPECT_THROW(read(), base::StoreError);
}

TEST_P(TerminalInboxOn, KeepsTheLastStampAndWhatATerminalSent) {
    TerminalInbox inbox(*connection_);
    auto made = upload({"1", "2"});
    made.stamp = "100";
    made.records[1].ahead = true;
    inbox.add(made, keys_, kPatience);
    clock_.advance(std::chrono::hours(1));
    auto poll = upload({});
    poll.address = "10.1.0.6";

    inbox.touch(poll, kPatience);

    EXPECT_EQ(inbox.stamp("A1"), "100");
    EXPECT_EQ(inbox.stamp("A2"), std::nullopt);
    const auto terminals = inbox.terminals();
    ASSERT_THAT(terminals, SizeIs(1));
    EXPECT_EQ(terminals[0].address, "10.1.0.6");
    EXPECT_EQ(terminals[0].last_contact, clock_.now());
    EXPECT_EQ(terminals[0].last_records, made.received_at);
    EXPECT_EQ(terminals[0].records, 2);
    EXPECT_EQ(terminals[0].ahead, 1);
}

TEST_P(TerminalInboxOn, AnUploadOfManyRowsIsKeptWhole) {
    std::vector<std::string> pins;
    for (int i = 0; i < 1001; ++i) {
        pins.push_back(std::to_string(i));
    }

    EXPECT_EQ(TerminalInbox(*connection_).add(upload(pins), keys_, kPatience).kept, 1001);
    EXPECT_THAT(read(), SizeIs(100));
}

TEST_P(TerminalInboxOn, RetentionNeverGivesAnIdAgain) {
    TerminalInbox inbox(*connection_);
    inbox.add(upload({"1", "2", "3"}), keys_, kPatience);
    const std::int64_t newest = inbox.newest("gates");

    EXPECT_EQ(inbox.purge(clock_.now()), 0) << "not yet old";
    EXPECT_EQ(inbox.purge(clock_.now() + std::chrono::hours(1)), 2);

    inbox.add(upload({"4"}), keys_, kPatience);
    EXPECT_GT(inbox.newest("gates"), newest);
}

// The ids of one transaction must not become visible behind greater ones of another.
TEST_P(TerminalInboxOn, AReaderWhoFollowsWritersMissesNoRecord) {
    constexpr int kWriters = 4;
    constexpr int kUploads = 25;
    std::atomic<int> running = kWriters;
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
        writers.emplace_back([&, w] {
            const auto connection = (*store_)->connect();
            for (int i = 0; i < kUploads; ++i) {
                TerminalInbox(*connection)
                    .add(upload({std::to_string(i), "x" + std::to_string(i)},
                                "W" + std::to_string(w)),
                         keys_,
                         kPatience);
            }
            --running;
        });
    }
    std::int64_t behind = 0;
    std::size_t seen = 0;
    for (bool last = false; !last;) {
        last = running == 0;
        for (auto records = read(behind); !records.empty(); records = read(behind)) {
            seen += records.size();
            behind = records.back().id;
        }
    }
    for (std::thread& writer : writers) {
        writer.join();
    }

    EXPECT_EQ(seen, std::size_t{2} * kWriters * kUploads);
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         TerminalInboxOn,
                         testing::Values("sqlite", "postgres"),
                         store_name);

}  // namespace
}  // namespace hrbridge::store
