#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "daemon/base/seal.h"
#include "daemon/store/store.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/raw_http.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace hrbridge {
namespace {

class KillTerminalDesk : public testing::TestWithParam<std::string> {
  protected:
    KillTerminalDesk() {
        folder_.write("keys", base::SealKeys::generate("k1").reveal());
        store::StoreOptions options;
        options.kind = GetParam();
        if (GetParam() == "sqlite") {
            target_ = folder_.file("hr.db");
            options.path = target_;
        } else {
            test::PostgresServer& server = test::PostgresServer::instance();
            target_ = server.connection(server.create_database());
            options.connection = target_;
        }
        store_ = store::open_store(options);
        store::migrate(*store_->connect());
    }

    void start() {
        desk_.reset();
        std::filesystem::remove(folder_.file("port"));
        test::ProcessOptions options;
        options.argv = {KILL_TERMINAL_CHILD, folder_.path().string(), GetParam(), target_};
        options.output = folder_.file("output");
        desk_ = std::make_unique<test::Process>(options);
        ASSERT_TRUE(test::wait_for([&] { return std::filesystem::exists(folder_.file("port")); }))
            << test::read_file(folder_.file("output"));
    }

    test::HttpAnswer push(const std::string& body) const {
        return test::http_call(std::stoi(test::read_file(folder_.file("port"))),
                               {"POST", "/iclock/cdata?SN=A1&table=ATTLOG&Stamp=7", {}, body});
    }

    std::int64_t count() const {
        const auto connection = store_->connect();
        const auto rows = connection->query("SELECT count(*) FROM terminal_record", {});
        return rows->next() ? rows->integer(0) : -1;
    }

    test::TempDir folder_;
    std::string target_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<test::Process> desk_;
};

TEST_P(KillTerminalDesk, RecordsWhoseAnswerWasLostAreKeptOnceWhenTheyComeAgain) {
    std::int64_t kept = 0;
    for (int round = 0; round < 5; ++round) {
        const std::string minute = std::to_string(10 + round);
        const std::string body = "1\t2024-05-06 07:" + minute + ":00\t0\t1\n" +
                                 "2\t2024-05-06 07:" + minute + ":00\t0\t1\nno punch " + minute +
                                 "\n";
        kept += 3;
        start();
        folder_.write("die", "");

        EXPECT_EQ(push(body).status, 0) << "the answer was not to arrive";
        EXPECT_EQ(desk_->wait(), 128 + SIGKILL);
        EXPECT_EQ(count(), kept) << "committed before the death";

        std::filesystem::remove(folder_.file("die"));
        start();
        EXPECT_EQ(push(body).body, "OK:3");
        EXPECT_EQ(count(), kept) << "once";
    }
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         KillTerminalDesk,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace hrbridge
