#include "connectors/wecom/client.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "connectors/wecom/checkin.h"
#include "tests/connectors/wecom/support/wecom_bench.h"

namespace hrbridge::wecom {
namespace {

using test::WecomBench;

TEST(TokenOwner, FetchesOnceForManyCallersAtATime) {
    WecomBench bench;
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&] { EXPECT_FALSE(bench.tokens.token().empty()); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(bench.sandbox.counters().token_fetches, 1);
}

TEST(TokenOwner, KeepsAFreshTokenWhenAnOlderOneIsReportedBad) {
    WecomBench bench;
    const base::Secret old = bench.tokens.token();
    bench.sandbox.expire_tokens();
    bench.tokens.invalidate(old);
    const base::Secret fresh = bench.tokens.token();
    EXPECT_NE(old.reveal(), fresh.reveal());
    bench.tokens.invalidate(old);
    EXPECT_EQ(bench.tokens.token().reveal(), fresh.reveal());
    EXPECT_EQ(bench.sandbox.counters().token_fetches, 2);
}

TEST(TokenOwner, RenewsBeforeTheEndAndUsesTheOldOneWhileItCannot) {
    WecomBench bench;
    const base::Secret old = bench.tokens.token();
    bench.clock.advance(std::chrono::seconds(7200 - 200));
    bench.refuse(-1, 1, "gettoken");
    EXPECT_EQ(bench.tokens.token().reveal(), old.reveal());
    bench.clock.advance(std::chrono::seconds(300));
    EXPECT_NE(bench.tokens.token().reveal(), old.reveal());
}

TEST(TokenOwner, TriesFarLessOftenThanThePlatformBlocksFor) {
    WecomBench bench(WecomBench::sandbox_options(), "wrong");
    for (int second = 0; second < 3600; ++second) {
        EXPECT_THROW(bench.tokens.token(), base::ConnectorError);
        bench.clock.advance(std::chrono::seconds(1));
    }
    EXPECT_LE(bench.sandbox.counters().failed_fetches, 40);
}

TEST(TokenOwner, StopsAllFetchingAfterAFrequencyLimit) {
    WecomBench bench;
    bench.refuse(45009, 2, "gettoken");
    EXPECT_THROW(bench.tokens.token(), base::ConnectorError);
    bench.clock.advance(std::chrono::seconds(59));
    EXPECT_THROW(bench.tokens.token(), base::ConnectorError);
    bench.clock.advance(std::chrono::seconds(1));
    EXPECT_THROW(bench.tokens.token(), base::ConnectorError);  // the second refusal: an hour
    bench.clock.advance(std::chrono::seconds(3599));
    EXPECT_THROW(bench.tokens.token(), base::ConnectorError);
    bench.clock.advance(std::chrono::seconds(1));
    EXPECT_FALSE(bench.tokens.token().empty());
    EXPECT_EQ(bench.sandbox.counters().token_fetches, 1);
}

TEST(TokenOwner, NamesTheSettingWithoutShowingTheSecret) {
    WecomBench bench(WecomBench::sandbox_options(), "hunter2-secret");
    try {
        bench.tokens.token();
        FAIL();
    } catch (const base::ConnectorError& error) {
        EXPECT_EQ(error.remedy(), base::Remedy::Stop);
        EXPECT_EQ(error.code(), "errcode 40001");
        EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
    }
}

TEST(Http, SpeaksPlainHttpToLoopbackOnly) {
    EXPECT_TRUE(check_url("https://qyapi.weixin.qq.com", "x").empty());
    EXPECT_TRUE(check_url("http://127.0.0.1:8080", "x").empty());
    EXPECT_TRUE(check_url("http://[::1]:1/", "x").empty());
    for (const char* url : {"http://qyapi.weixin.qq.com",
                            "http://127.0.0.1@evil.example/",
                            "http://127.0.0.1.evil.example/",
                            "ftp://127.0.0.1/",
                            ""}) {
        EXPECT_FALSE(check_url(url, "x").empty()) << url;
    }
}

struct Read {
    std::vector<std::string> rows;  // "userid@time"
    std::vector<std::string> positions;
    std::size_t blocks = 0;
};

Read read_all(CheckinConnector& connector, connectors::ReadRequest request) {
    Read result;
    const auto source = connector.open(request);
    base::RawBlock block;
    while (source->read(block, {})) {
        for (std::size_t row = 0; row < block.rows; ++row) {
            result.rows.push_back(std::string(block.columns[0].cell(row)) + "@" +
                                  std::string(block.columns[4].cell(row)));
        }
        result.positions.push_back(block.position);
        ++result.blocks;
    }
    EXPECT_EQ(block.rows, 0U);
    return result;
}

class Checkin : public testing::Test {
  protected:
    static constexpr int kPeople = 230;
    static constexpr std::int64_t kDay = 86'400;

    Checkin() {
        const std::int64_t start = to_seconds(bench.clock.now()) - 70 * kDay;
        std::vector<sandbox::Punch> punches;
        for (int i = 0; i < kPeople; ++i) {
            users.push_back("e" + std::to_string(1000 + i));
            for (int day = 0; day < 70; day += 7) {
                punches.push_back(
                    {users.back(), "上班打卡", "", start + day * kDay + i, "厂区", "d1", "白班"});
            }
        }
        count = punches.size();
        bench.sandbox.set_punches(std::move(punches));
        request.window = connectors::Window{
            "checkin_time", bench.clock.now() - std::chrono::hours(24 * 70), bench.clock.now()};
        request.block_rows = 150;
    }
    static std::int64_t to_seconds(base::Timestamp at) {
        return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    }

    WecomBench bench;
    std::vector<std::string> users;
    std::size_t count = 0;
    connectors::ReadRequest request;
    CheckinConnector connector{
        bench.client, [this](base::Timestamp) { return users; }, bench.clock};
};

TEST_F(Checkin, ReadsEveryPunchOnceInChunksThatThePlatformTakes) {
    Read read = read_all(connector, request);
    EXPECT_EQ(read.rows.size(), count);
    std::sort(read.rows.begin(), read.rows.end());
    EXPECT_EQ(std::unique(read.rows.begin(), read.rows.end()), read.rows.end());
}

TEST_F(Checkin, ContinuesBehindEveryBlockWithoutLossOrRepetition) {
    const Read whole = read_all(connector, request);
    std::size_t seen = 0;
    for (std::size_t block = 0; block < whole.blocks; block += 3) {
        request.after = whole.positions[block];
        const Read rest = read_all(connector, request);
        seen = count - rest.rows.size();
        ASSERT_LE(seen, whole.rows.size());
        EXPECT_EQ(rest.rows,
                  std::vector<std::string>(whole.rows.begin() + static_cast<std::ptrdiff_t>(seen),
                                           whole.rows.end()));
    }
    EXPECT_GT(seen, 0U);
}

TEST_F(Checkin, WindowTakesItsStartAndNotItsEnd) {
    bench.sandbox.set_punches(
        {{users[0], "上班打卡", "", to_seconds(bench.clock.now()), "", "", ""},
         {users[1], "上班打卡", "", to_seconds(*request.window->from), "", "", ""}});
    EXPECT_EQ(read_all(connector, request).rows.size(), 1U);
}

TEST_F(Checkin, StaysUnderSixHundredCallsAMinute) {
    request.window->from = bench.clock.now() - std::chrono::hours(24 * 30 * 300);
    EXPECT_EQ(read_all(connector, request).rows.size(), count);
}

TEST_F(Checkin, WaitsAndTriesAgainWhenThePlatformIsBusy) {
    bench.refuse(-1, 3, "checkin/getcheckindata");
    EXPECT_EQ(read_all(connector, request).rows.size(), count);
    EXPECT_GE(bench.clock.sleeps().size(), 3U);
}

TEST_F(Checkin, SaysWhatToDoWhenTheAppMayNotReadCheckins) {
    bench.refuse(48002, 1, "checkin/getcheckindata");
    try {
        connector.check();
        FAIL();
    } catch (const base::ConnectorError& error) {
        EXPECT_EQ(error.remedy(), base::Remedy::Stop);
        EXPECT_NE(std::string(error.what()).find("可调用接口的应用"), std::string::npos);
    }
    EXPECT_NO_THROW(connector.check());
}

TEST_F(Checkin, SandboxRefusesMoreThanThePlatformAllows) {
    const auto ask = [&](std::size_t people, std::int64_t days) {
        std::string list;
        for (std::size_t i = 0; i < people; ++i) {
            list += (i == 0 ? "\"" : ",\"") + users[i] + "\"";
        }
        const std::string body = R"({"opencheckindatatype":1,"starttime":1700000000,"endtime":)" +
                                 std::to_string(1'700'000'000 + days * kDay) +
                                 R"(,"useridlist":[)" + list + "]}";
        return bench.client.post("checkin/getcheckindata", body).errcode;
    };
    EXPECT_EQ(ask(100, 30), 0);
    EXPECT_EQ(ask(101, 30), 301023);
    EXPECT_EQ(ask(0, 30), 301023);
    EXPECT_EQ(ask(1, 31), 301024);
}

}  // namespace
}  // namespace hrbridge::wecom
