#include "connectors/wecom/sender.h"

#include <string>

#include <gtest/gtest.h>

#include "connectors/wecom/errors.h"
#include "tests/connectors/wecom/support/wecom_bench.h"
#include "tests/support/process.h"

namespace hrbridge::wecom {
namespace {

using Kind = connectors::SendOutcome::Kind;
using Way = sandbox::Trouble::Way;
using test::WecomBench;

TEST(WecomSender, DeliversTheExactBytesAndKeepsTheMessageId) {
    WecomBench bench;
    const std::string request = WecomBench::text("zhangsan", "绩效：已确认 \"<&");
    const auto outcome = bench.sender.send(request, "zhangsan");
    ASSERT_EQ(outcome.kind, Kind::Sent) << outcome.error;
    ASSERT_EQ(bench.sandbox.deliveries("ZhangSan").size(), 1U);
    EXPECT_EQ(bench.sandbox.deliveries("ZhangSan")[0].message, request);
    EXPECT_EQ(outcome.message_id, bench.sandbox.deliveries("ZhangSan")[0].msgid);
    EXPECT_NE(bench.metrics.expose().find("api=\"message/send\",errcode=\"0\""), std::string::npos);
}

TEST(WecomSender, RefreshesAnExpiredOrUnknownTokenOnceAndSendsAgain) {
    WecomBench bench;
    ASSERT_EQ(bench.send("lisi", "1").kind, Kind::Sent);
    bench.sandbox.expire_tokens();  // 42001
    EXPECT_EQ(bench.send("lisi", "2").kind, Kind::Sent);
    bench.sandbox.forget_tokens();  // 40014
    EXPECT_EQ(bench.send("lisi", "3").kind, Kind::Sent);
    EXPECT_EQ(bench.sandbox.counters().token_fetches, 3);
    bench.refuse(42001, 2);
    const auto outcome = bench.send("lisi", "4");
    EXPECT_EQ(outcome.kind, Kind::Retry);
    EXPECT_EQ(outcome.code, "42001");
    EXPECT_EQ(bench.sandbox.counters().token_fetches, 4);
}

TEST(WecomSender, BacksOffSixtySecondsThenSixtyMinutesAfter45009) {
    WecomBench bench;
    bench.refuse(45009);
    const auto refused = bench.send("lisi");
    EXPECT_EQ(refused.wait_seconds, 60);
    EXPECT_FALSE(refused.counts);
    const auto held = bench.send("lisi");
    EXPECT_EQ(held.kind, Kind::Retry);
    EXPECT_FALSE(held.counts);
    EXPECT_EQ(bench.sandbox.counters().sends, 0);
    bench.clock.advance(std::chrono::seconds(60));
    bench.refuse(45009);
    EXPECT_EQ(bench.send("lisi").wait_seconds, 3600);
    bench.clock.advance(std::chrono::seconds(3600));
    EXPECT_EQ(bench.send("lisi").kind, Kind::Sent);
    bench.refuse(45009);
    EXPECT_EQ(bench.send("lisi", "neu").wait_seconds, 60);
}

TEST(WecomSender, HaltsWhenTheMachinesAddressIsNotTrusted) {
    WecomBench bench;
    bench.sandbox.set_trusted_ips({"203.0.113.7"});
    const auto outcome = bench.send("lisi");
    EXPECT_EQ(outcome.kind, Kind::Halt);
    EXPECT_EQ(outcome.code, "60020");
    EXPECT_NE(outcome.error.find("企业可信IP"), std::string::npos);
    bench.sandbox.set_trusted_ips({"127.0.0.1"});
    EXPECT_EQ(bench.send("lisi").kind, Kind::Sent);
}

TEST(WecomSender, HaltsOnAWrongSecretOrCorpIdWithoutHammering) {
    WecomBench bench(WecomBench::sandbox_options(), "wrong");
    for (int i = 0; i < 50; ++i) {
        const auto outcome = bench.send("lisi");
        EXPECT_EQ(outcome.kind, Kind::Halt);
        EXPECT_EQ(outcome.code, "errcode 40001");
    }
    EXPECT_EQ(bench.sandbox.counters().token_fetches, 1);
}

TEST(WecomSender, GivesUpAReceiverWhomThePlatformNames) {
    WecomBench bench;
    EXPECT_EQ(bench.send("nobody").kind, Kind::Dead);  // 81013
    EXPECT_EQ(bench.send("hidden").kind, Kind::Dead);
    EXPECT_EQ(bench.send("inactive").code, "43004");
    const auto unlicensed = bench.send("Unlicensed");
    EXPECT_EQ(unlicensed.kind, Kind::Dead);
    EXPECT_EQ(unlicensed.code, "unlicenseduser");
}

TEST(WecomSender, ReadsThePartialFailureOfAnAcceptedMessage) {
    WecomBench bench;
    std::string request = WecomBench::text("lisi");
    request.replace(request.find("lisi"), 4, "lisi|NoBody");
    EXPECT_EQ(bench.sender.send(request, "NoBody").code, "invaliduser");
    EXPECT_EQ(bench.sender.send(request, "lisi").kind, Kind::Sent);
}

TEST(WecomSender, NeverRetriesWhatIsMalformedOrTooLong) {
    WecomBench bench;
    const auto with = [](const std::string& content) {
        return R"({"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":")" +
               content + R"("}})";
    };
    const auto too_long = bench.sender.send(with(std::string(2049, 'x')), "lisi");
    EXPECT_EQ(too_long.kind, Kind::Dead);
    EXPECT_EQ(too_long.code, "45002");
    EXPECT_EQ(bench.sender.send(with("\\u7ee9"), "lisi").code, "40033");
    EXPECT_EQ(bench.sender.send("{", "lisi").kind, Kind::Dead);
    EXPECT_TRUE(bench.sandbox.deliveries().empty());
}

TEST(WecomSender, HaltsOnTheWrongAgentAndOnCardsWithoutCallbackUrl) {
    WecomBench bench;
    const std::string other = text_message({"lisi", 7}, "x").value();
    EXPECT_EQ(bench.sender.send(other, "lisi").code, "40056");
    Card card;
    card.title = "绩效提醒";
    card.task_id = "t1";
    card.buttons = {{"已知悉", "ack", "", 1}};
    const std::string request = button_card_message({"lisi", WecomBench::kAgent}, card).value();
    const auto outcome = bench.sender.send(request, "lisi");
    EXPECT_EQ(outcome.kind, Kind::Halt);
    EXPECT_EQ(outcome.code, "43012");
}

TEST(WecomSender, CannotKnowWhatBecameOfAMessageWhoseAnswerWasLost) {
    WecomBench bench;
    ASSERT_EQ(bench.send("lisi", "before").kind, Kind::Sent);
    for (const Way way : {Way::DropAfter, Way::Hang, Way::Garble}) {
        const std::string content = "message " + std::to_string(static_cast<int>(way));
        bench.disturb(way);
        EXPECT_EQ(bench.send("lisi", content).kind, Kind::Unknown) << static_cast<int>(way);
        const std::size_t delivered = bench.sandbox.deliveries("lisi").size();
        // The same bytes again are recognised by the platform's duplicate check.
        EXPECT_EQ(bench.send("lisi", content).kind, Kind::Sent);
        EXPECT_EQ(bench.sandbox.deliveries("lisi").size(), delivered);
    }
    EXPECT_EQ(bench.sandbox.counters().duplicates, 3);
}

TEST(WecomSender, RetriesWhenTheConnectionIsRefused) {
    const test::ManualClock clock;
    const Http http(
        WecomBench::http_options("http://127.0.0.1:" + std::to_string(test::free_port())));
    TokenOwner tokens({"ww", base::Secret("s")}, http, clock, nullptr);
    Client client(http, tokens, nullptr);
    WecomSender sender(client, {}, clock);
    const auto outcome = sender.send(WecomBench::text("lisi"), "lisi");
    EXPECT_EQ(outcome.kind, Kind::Retry);
    EXPECT_FALSE(outcome.counts);
}

TEST(WecomSender, HoldsBackWhatThePlatformWouldDropSilently) {
    WecomBench bench;
    for (int i = 0; i < 30; ++i) {
        ASSERT_EQ(bench.send("lisi", std::to_string(i)).kind, Kind::Sent);
    }
    const auto held = bench.send("LiSi", "31");
    EXPECT_FALSE(held.counts);
    EXPECT_GE(held.wait_seconds, 1);
    EXPECT_EQ(bench.send("zhangsan", "31").kind, Kind::Sent);
    bench.clock.advance(std::chrono::seconds(held.wait_seconds));
    EXPECT_EQ(bench.send("lisi", "31").kind, Kind::Sent);
    EXPECT_EQ(bench.sandbox.counters().dropped, 0);
}

TEST(WecomSender, HoldsTheDaysLimitOfTheApp) {
    SendLimits limits;
    limits.account_cap = 1;
    limits.per_account_day = 2;
    WecomBench bench(WecomBench::sandbox_options(), WecomBench::kSecret, limits);
    ASSERT_EQ(bench.send("lisi", "1").kind, Kind::Sent);
    ASSERT_EQ(bench.send("lisi", "2").kind, Kind::Sent);
    const auto held = bench.send("lisi", "3");
    EXPECT_FALSE(held.counts);
    bench.clock.advance(std::chrono::seconds(held.wait_seconds));
    EXPECT_EQ(bench.send("lisi", "3").kind, Kind::Sent);
}

struct Row {
    int errcode;
    Kind kind;
    bool counts = true;
};

// wecom.md 2.5, row by row, as message/send would answer it.
class Reactions : public testing::TestWithParam<Row> {};

TEST_P(Reactions, FollowTheTableOfErrorCodes) {
    WecomBench bench;
    bench.refuse(GetParam().errcode, 2);
    const auto outcome = bench.send("lisi");
    EXPECT_EQ(outcome.kind, GetParam().kind) << outcome.error;
    EXPECT_EQ(outcome.code, std::to_string(GetParam().errcode));
    EXPECT_EQ(outcome.counts, GetParam().counts);
}

INSTANTIATE_TEST_SUITE_P(Table,
                         Reactions,
                         testing::Values(Row{-1, Kind::Retry},
                                         Row{6000, Kind::Retry, false},
                                         Row{40001, Kind::Halt},
                                         Row{40013, Kind::Halt},
                                         Row{40091, Kind::Halt},
                                         Row{40014, Kind::Retry},
                                         Row{42001, Kind::Retry},
                                         Row{40003, Kind::Dead},
                                         Row{60111, Kind::Dead},
                                         Row{40008, Kind::Dead},
                                         Row{40033, Kind::Dead},
                                         Row{40035, Kind::Dead},
                                         Row{40058, Kind::Dead},
                                         Row{40063, Kind::Dead},
                                         Row{41016, Kind::Dead},
                                         Row{42033, Kind::Dead},
                                         Row{45002, Kind::Dead},
                                         Row{40056, Kind::Halt},
                                         Row{301002, Kind::Halt},
                                         Row{43004, Kind::Dead},
                                         Row{43012, Kind::Halt},
                                         Row{45009, Kind::Retry, false},
                                         Row{45033, Kind::Retry, false},
                                         Row{48002, Kind::Halt},
                                         Row{48006, Kind::Halt},
                                         Row{50003, Kind::Halt},
                                         Row{50001, Kind::Halt},
                                         Row{80001, Kind::Halt},
                                         Row{85005, Kind::Halt},
                                         Row{50002, Kind::Dead},
                                         Row{60011, Kind::Dead},
                                         Row{60021, Kind::Dead},
                                         Row{60020, Kind::Halt},
                                         Row{81013, Kind::Dead},
                                         Row{82001, Kind::Dead},
                                         Row{82002, Kind::Dead},
                                         Row{82003, Kind::Dead},
                                         Row{93000, Kind::Halt},
                                         Row{301055, Kind::Halt},
                                         Row{123456, Kind::Retry}),
                         [](const auto& row) {
                             const int code = row.param.errcode;
                             return code < 0 ? std::string("Busy")
                                             : "Errcode" + std::to_string(code);
                         });

TEST(ErrorRules, SendLoginPageAndOversizeErrorsTheirOwnWay) {
    EXPECT_EQ(rule_of(40029).reaction, Reaction::RestartLogin);
    EXPECT_EQ(rule_of(40093).reaction, Reaction::RebuildPage);
    EXPECT_EQ(rule_of(42012).reaction, Reaction::RebuildPage);
    for (const int code : {45029, 301023, 301024, 301025}) {
        EXPECT_EQ(rule_of(code).reaction, Reaction::SplitRequest) << code;
    }
    EXPECT_EQ(remedy_of(rule_of(60020).reaction), base::Remedy::Stop);
    EXPECT_EQ(remedy_of(rule_of(45009).reaction), base::Remedy::Retry);
    EXPECT_EQ(remedy_of(rule_of(81013).reaction), base::Remedy::Row);
}

}  // namespace
}  // namespace hrbridge::wecom
