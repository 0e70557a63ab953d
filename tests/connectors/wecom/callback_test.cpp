#include "connectors/wecom/callback.h"

#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <malloc.h>

#include "connectors/wecom/xml.h"
#include "daemon/base/ids.h"
#include "tests/support/manual_clock.h"

namespace hrbridge::wecom {
namespace {

constexpr const char* kToken = "kz7Yx62CH8SaLN";
constexpr const char* kKey = "cD0d7jx4tYvVtzqrmh3Dm3QFCXe6f8SlHoMtMh3qQEP";
constexpr const char* kCorp = "ww6a112864f8022910";

MessageCrypto make_crypto(const std::string& corp = kCorp, const std::string& token = kToken) {
    return MessageCrypto::make(base::Secret(token), base::Secret(kKey), corp).value();
}

std::string card_event(const std::string& task = "pip-1", const std::string& code = "rc-1") {
    return "<xml>" + xml_element("ToUserName", kCorp) + xml_element("FromUserName", "zhangsan") +
           "<CreateTime>1714953600</CreateTime>" + xml_element("MsgType", "event") +
           xml_element("Event", "template_card_event") + xml_element("EventKey", "ack") +
           xml_element("TaskId", task) + xml_element("ResponseCode", code) +
           "<AgentID>1000002</AgentID></xml>";
}

class Callback : public testing::Test {
  protected:
    struct Post {
        CallbackQuery query;
        std::string body;
    };

    std::int64_t now() const {
        return std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count();
    }
    Post post(const std::string& plain, const MessageCrypto& from, std::int64_t at) const {
        const std::string cipher = from.encrypt(plain, base::random_bytes(16));
        Post result;
        result.query.timestamp = std::to_string(at);
        result.query.nonce = base::random_id();
        result.query.msg_signature =
            from.signature(result.query.timestamp, result.query.nonce, cipher);
        result.body =
            "<xml>" + xml_element("ToUserName", kCorp) + xml_element("Encrypt", cipher) + "</xml>";
        return result;
    }
    Post post(const std::string& plain) const { return post(plain, make_crypto(), now()); }

    test::ManualClock clock;
    CallbackReceiver receiver{make_crypto(), {}, clock};
};

TEST_F(Callback, IsTakenWhenGenuineAndFresh) {
    const Post sent = post(card_event());
    const CallbackVerdict verdict = receiver.receive(sent.query, sent.body);
    ASSERT_TRUE(verdict.event.has_value());
    EXPECT_EQ(verdict.event->event, "template_card_event");
    EXPECT_EQ(verdict.event->from_user, "zhangsan");
    EXPECT_EQ(verdict.event->agent_id, 1000002);
    EXPECT_EQ(verdict.event->fields.at("TaskId"), "pip-1");
    EXPECT_EQ(verdict.event->plaintext, card_event());
}

TEST_F(Callback, IsTakenInTheJsonFormToo) {
    const MessageCrypto crypto = make_crypto();
    const std::string cipher =
        crypto.encrypt(R"({"msgtype":"event","event":"enter_agent","fromusername":"lisi",)"
                       R"("createtime":1714953600})",
                       base::random_bytes(16));
    const CallbackQuery query{
        crypto.signature(std::to_string(now()), "n", cipher), std::to_string(now()), "n", ""};
    const CallbackVerdict verdict = receiver.receive(query, R"({"encrypt":")" + cipher + R"("})");
    ASSERT_TRUE(verdict.event.has_value());
    EXPECT_EQ(verdict.event->event, "enter_agent");
    EXPECT_EQ(verdict.event->from_user, "lisi");
}

TEST_F(Callback, IsRefusedWhenForged) {
    const Post forged = post(card_event(), make_crypto(kCorp, "another token"), now());
    const CallbackVerdict verdict = receiver.receive(forged.query, forged.body);
    EXPECT_FALSE(verdict.event.has_value());
    EXPECT_EQ(verdict.refusal, CallbackRefusal::Forged);
    EXPECT_EQ(http_status(verdict.refusal), 403);
}

TEST_F(Callback, IsRefusedForAnotherCorp) {
    const Post sent = post(card_event(), make_crypto("wwf181555a13a31443"), now());
    EXPECT_EQ(receiver.receive(sent.query, sent.body).refusal, CallbackRefusal::OtherCorp);
}

TEST_F(Callback, IsRefusedWhenStaleOrFromTheFuture) {
    for (const std::int64_t off : {-301, 301, -86'400}) {
        const Post sent = post(card_event(), make_crypto(), now() + off);
        EXPECT_EQ(receiver.receive(sent.query, sent.body).refusal, CallbackRefusal::Stale) << off;
    }
    const Post edge = post(card_event(), make_crypto(), now() - 300);
    EXPECT_TRUE(receiver.receive(edge.query, edge.body).event.has_value());
    Post words = post(card_event());
    words.query.timestamp = "now";
    EXPECT_FALSE(receiver.receive(words.query, words.body).event.has_value());
}

TEST_F(Callback, IsRefusedWhenReplayedAfterItWasAccepted) {
    const Post sent = post(card_event());
    ASSERT_TRUE(receiver.receive(sent.query, sent.body).event.has_value());
    // Storing failed, the platform delivers the same bytes again: taken.
    ASSERT_TRUE(receiver.receive(sent.query, sent.body).event.has_value());
    receiver.accepted(sent.query);
    EXPECT_EQ(receiver.receive(sent.query, sent.body).refusal, CallbackRefusal::Replayed);
    clock.advance(std::chrono::seconds(299));
    EXPECT_EQ(receiver.receive(sent.query, sent.body).refusal, CallbackRefusal::Replayed);
    // What the guard forgets, staleness refuses.
    clock.advance(std::chrono::seconds(2));
    const Post other = post(card_event("pip-2"));
    receiver.accepted(other.query);
    EXPECT_EQ(receiver.receive(sent.query, sent.body).refusal, CallbackRefusal::Stale);
}

TEST_F(Callback, IsRefusedMonthsLaterThoughTimestampAndNonceChangedPlaces) {
    const MessageCrypto crypto = make_crypto();
    clock.advance(std::chrono::hours(24 * 90));
    // The captured nonce is a number that lies three months ahead.
    const std::string nonce = std::to_string(now());
    const std::string cipher = crypto.encrypt(card_event(), base::random_bytes(16));
    const std::string signature = crypto.signature("1714953600", nonce, cipher);

    const CallbackVerdict verdict = receiver.receive(
        {signature, nonce, "1714953600", ""}, "<xml>" + xml_element("Encrypt", cipher) + "</xml>");

    EXPECT_FALSE(verdict.event);
    EXPECT_FALSE(verdict.repeated);
    EXPECT_EQ(verdict.refusal, CallbackRefusal::Stale);
}

TEST_F(Callback, IsTakenHalfADayAfterItsHappeningAndNotLater) {
    clock.advance(std::chrono::hours(12));
    const Post late = post(card_event());
    EXPECT_TRUE(receiver.receive(late.query, late.body).event.has_value());
    clock.advance(std::chrono::seconds(1));
    const Post later = post(card_event());
    EXPECT_EQ(receiver.receive(later.query, later.body).refusal, CallbackRefusal::Stale);
}

TEST_F(Callback, IsRefusedWhenItsHappeningIsStillToComeOrHasNoTime) {
    clock.advance(std::chrono::seconds(-301));
    const Post early = post(card_event());
    EXPECT_EQ(receiver.receive(early.query, early.body).refusal, CallbackRefusal::Stale);
    const Post timeless = post("<xml><MsgType>event</MsgType><Event>enter_agent</Event></xml>");
    EXPECT_EQ(receiver.receive(timeless.query, timeless.body).refusal, CallbackRefusal::Malformed);
}

TEST_F(Callback, IsRefusedWhenItsTimestampIsNotWrittenLikeThePlatformDoes) {
    const MessageCrypto crypto = make_crypto();
    const std::string cipher = crypto.encrypt(card_event(), base::random_bytes(16));
    const std::string body = "<xml>" + xml_element("Encrypt", cipher) + "</xml>";
    for (const std::string& timestamp : {"0" + std::to_string(now()),
                                         "+" + std::to_string(now()),
                                         std::to_string(now()) + " ",
                                         std::string()}) {
        const CallbackQuery query{crypto.signature(timestamp, "n", cipher), timestamp, "n", ""};
        EXPECT_FALSE(receiver.receive(query, body).event) << timestamp;
    }
}

TEST_F(Callback, IsRefusedWithADtdAnEntityOrTooManyBytes) {
    const Post sent = post(card_event());
    for (const std::string& body : {std::string("<!DOCTYPE x [<!ENTITY e 'x'>]>") + sent.body,
                                    std::string("<xml>"),
                                    std::string("hello"),
                                    std::string(300'000, ' '),
                                    std::string()}) {
        EXPECT_EQ(receiver.receive(sent.query, body).refusal, CallbackRefusal::Malformed);
    }
    const Post inner = post("<!DOCTYPE xml SYSTEM \"file:///etc/hostname\"><xml><A>&e;</A></xml>");
    EXPECT_EQ(receiver.receive(inner.query, inner.body).refusal, CallbackRefusal::Malformed);
}

TEST_F(Callback, HasOneKeyForOneHappeningHoweverOftenDelivered) {
    const std::string key = parse_event(card_event())->dedupe_key;
    EXPECT_EQ(parse_event(card_event())->dedupe_key, key);
    EXPECT_NE(parse_event(card_event("pip-2"))->dedupe_key, key);
    EXPECT_NE(parse_event(card_event("pip-1", "rc-2"))->dedupe_key, key);
    // Two approvals of one sender in one second differ only inside.
    const auto approval = [](const std::string& number) {
        return parse_event(
                   "<xml><FromUserName>sys</FromUserName><CreateTime>1</CreateTime>"
                   "<MsgType>event</MsgType><Event>sys_approval_change</Event>"
                   "<ApprovalInfo><SpNoStr>" +
                   number + "</SpNoStr></ApprovalInfo></xml>")
            ->dedupe_key;
    };
    EXPECT_NE(approval("1"), approval("2"));
    EXPECT_EQ(approval("1"), approval("1"));
}

TEST_F(Callback, UrlCheckAnswersTheBareText) {
    const MessageCrypto crypto = make_crypto();
    const std::string echo = crypto.encrypt("1616140317555161061", base::random_bytes(16));
    CallbackQuery query{
        crypto.signature(std::to_string(now()), "n", echo), std::to_string(now()), "n", echo};
    EXPECT_EQ(receiver.verify_url(query).value(), "1616140317555161061");
    query.nonce = "m";
    EXPECT_FALSE(receiver.verify_url(query).ok());
}

TEST_F(Callback, UrlCheckDeciphersNoCapturedMessage) {
    const MessageCrypto crypto = make_crypto();
    for (const std::string& plain : {card_event(),
                                     std::string(R"({"event":"x"})"),
                                     std::string("two words"),
                                     std::string(65, '1'),
                                     std::string()}) {
        const std::string cipher = crypto.encrypt(plain, base::random_bytes(16));
        const std::string at = std::to_string(now());
        const auto echo = receiver.verify_url({crypto.signature(at, "n", cipher), at, "n", cipher});
        ASSERT_FALSE(echo.ok()) << plain;
        EXPECT_EQ(echo.fault().what.find("zhangsan"), std::string::npos);
    }
}

TEST_F(Callback, ReplyCanBeReadByThePlatform) {
    const std::string envelope = receiver.reply("<xml>收到</xml>", base::random_bytes);
    const auto fields = xml_leaves(envelope);
    ASSERT_TRUE(fields.has_value());
    const MessageCrypto crypto = make_crypto();
    EXPECT_TRUE(crypto.verify(fields->at("MsgSignature"),
                              fields->at("TimeStamp"),
                              fields->at("Nonce"),
                              fields->at("Encrypt")));
    EXPECT_EQ(crypto.decrypt(fields->at("Encrypt")).value(), "<xml>收到</xml>");
}

TEST(Xml, KeepsWhatLooksLikeTheEndOfItsSection) {
    const std::string text = "a]]>b]]]]>&amp;<c>";
    EXPECT_EQ(xml_leaves("<x>" + xml_element("y", text) + "</x>")->at("y"), text);
}

TEST(Xml, RefusesDepthThatWouldExhaustTheStack) {
    std::string deep;
    for (int i = 0; i < 10'000; ++i) {
        deep += "<a>";
    }
    EXPECT_FALSE(xml_leaves(deep).has_value());
    EXPECT_FALSE(parse_event(R"({"a":)" + std::string(10'000, '[')).has_value());
}

// Anybody can send such bodies, again and again.
TEST(Xml, ARefusedDocumentLeavesNoMemoryBehind) {
    std::string deep;
    for (int i = 0; i < 100; ++i) {
        deep += "<a>";
    }
    const std::vector<std::string> refused{deep, "<a><?php x?></a>", "<a>&b;</a>", "<a></b>"};
    const auto refuse_all = [&refused] {
        for (const std::string& each : refused) {
            EXPECT_FALSE(xml_leaves(each).has_value()) << each;
        }
    };
    constexpr std::size_t kTimes = 200;
    refuse_all();
    const std::size_t before = ::mallinfo2().uordblks;
    for (std::size_t i = 0; i < kTimes; ++i) {
        refuse_all();
    }
    EXPECT_LT(::mallinfo2().uordblks, before + kTimes * 100) << "a parser is some 10,000 bytes";
}

}  // namespace
}  // namespace hrbridge::wecom
