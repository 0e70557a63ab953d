#include <algorithm>
#include <memory>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "connectors/wecom/http.h"
#include "connectors/wecom/xml.h"
#include "daemon/app/callback_job.h"
#include "tests/daemon/app/support/live_bench.h"
#include "tests/support/raw_http.h"
#include "tests/support/wecom_peer.h"

namespace hrbridge::app {
namespace {

using nlohmann::json;
using test::LiveBench;

// Bodies are enciphered, and answers deciphered, by the platform's own package on node.
class CallbackRoute : public testing::Test {
  protected:
    struct Sent {
        std::string target;
        std::string body;
    };

    void SetUp() override { bench_.start(); }

    std::string now(std::int64_t off = 0) const {
        return std::to_string(std::chrono::floor<std::chrono::seconds>(bench_.clock.now())
                                  .time_since_epoch()
                                  .count() +
                              off);
    }

    json peer(const std::string& op, json more) const {
        json request{{"op", op},
                     {"token", LiveBench::kToken},
                     {"key", LiveBench::kKey},
                     {"id", LiveBench::kCorp},
                     {"timestamp", now()},
                     {"nonce", "n1"}};
        request.update(more);
        return test::ask_wecom_peer({request}).at(0);
    }

    // What the platform sends; `other` replaces parts of what the peer is told.
    Sent enciphered(const std::string& message, const json& other = json::object()) const {
        json more = other;
        more["message"] = message;
        const json made = peer("encrypt", more);
        const std::string timestamp = other.value("timestamp", now());
        return {"/wecom/callback?msg_signature=" + made["signature"].get<std::string>() +
                    "&timestamp=" + timestamp + "&nonce=n1",
                "<xml>" + wecom::xml_element("ToUserName", LiveBench::kCorp) +
                    wecom::xml_element("Encrypt", made["cipher"].get<std::string>()) + "</xml>"};
    }

    static std::string enter_event(const std::string& at = "1714953600") {
        return "<xml>" + wecom::xml_element("ToUserName", LiveBench::kCorp) +
               wecom::xml_element("FromUserName", "hr01") + "<CreateTime>" + at + "</CreateTime>" +
               wecom::xml_element("MsgType", "event") + wecom::xml_element("Event", "enter_agent") +
               "<AgentID>1000002</AgentID></xml>";
    }

    // The event that a press of the button of hr01's card makes.
    std::string press_event(const std::string& userid, const std::string& code = "code-1") const {
        const auto delivery = bench_.sandbox.deliveries("hr01").at(0);
        const json card = json::parse(delivery.message)["template_card"];
        return "<xml>" + wecom::xml_element("FromUserName", userid) +
               "<CreateTime>1714953600</CreateTime>" + wecom::xml_element("MsgType", "event") +
               wecom::xml_element("Event", "template_card_event") +
               wecom::xml_element("EventKey", card["button_list"][0]["key"].get<std::string>()) +
               wecom::xml_element("TaskId", card["task_id"].get<std::string>()) +
               wecom::xml_element("ResponseCode", code) + "<AgentID>1000002</AgentID></xml>";
    }

    test::HttpAnswer post(const Sent& sent) const {
        return test::http_call(
            bench_.live->port(),
            {"POST", sent.target, {{"Content-Type", "text/xml; charset=utf-8"}}, sent.body});
    }

    std::string deciphered(const std::string& envelope) const {
        const auto fields = wecom::xml_leaves(envelope);
        if (!fields || fields->count("Encrypt") == 0) {
            return "";
        }
        const json answer = peer("decrypt",
                                 {{"cipher", fields->at("Encrypt")},
                                  {"timestamp", fields->at("TimeStamp")},
                                  {"nonce", fields->at("Nonce")}});
        EXPECT_EQ(answer["signature"], fields->at("MsgSignature"));
        EXPECT_EQ(answer["id"], LiveBench::kCorp);
        return answer["message"];
    }

    bool counted(const std::string& event, const std::string& verdict, int times = 1) const {
        return bench_.metrics.expose().find("hrbridge_wecom_callbacks_total{event=\"" + event +
                                            "\",verdict=\"" + verdict + "\"} " +
                                            std::to_string(times)) != std::string::npos;
    }

    void expect_refused(const Sent& sent, int status, const std::string& verdict) {
        EXPECT_EQ(post(sent).status, status) << verdict;
        EXPECT_EQ(bench_.count("callback_inbox"), 0) << verdict;
        EXPECT_TRUE(counted("unknown", verdict)) << bench_.metrics.expose();
    }

    LiveBench bench_;
};

TEST_F(CallbackRoute, AnswersTheAddressCheckWithTheBareText) {
    const json made = peer("encrypt", {{"message", "1616140317555161061"}});
    const std::string target =
        "/wecom/callback?msg_signature=" + made["signature"].get<std::string>() +
        "&timestamp=" + now() +
        "&nonce=n1&echostr=" + wecom::url_encode(made["cipher"].get<std::string>());

    const auto answer = test::http_call(bench_.live->port(), {"GET", target});
    const auto forged = test::http_call(bench_.live->port(), {"GET", target + "x"});

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "1616140317555161061");
    EXPECT_EQ(forged.status, 403);
    EXPECT_TRUE(counted("url_check", "accepted"));
    EXPECT_TRUE(counted("url_check", "refused"));
    EXPECT_TRUE(bench_.sandbox.verify_callback_url());
}

TEST_F(CallbackRoute, StoresWhatItTakesAndKeepsAnEventThatNoWorkFits) {
    const auto answer = post(enciphered(enter_event()));
    work_on_callbacks(*bench_.services, {});

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(bench_.count("callback_inbox WHERE event = 'enter_agent' AND outcome = 'unknown'"),
              1);
    EXPECT_TRUE(counted("enter_agent", "accepted"));
    EXPECT_TRUE(bench_.log.contains("has no work for is kept"));
}

TEST_F(CallbackRoute, RefusesWhatIsForgedStaleOrOfAnotherCorpAndLeavesNoRow) {
    Sent altered = enciphered(enter_event());
    altered.target.back() = '2';
    expect_refused(altered, 403, "forged");
    expect_refused(enciphered(enter_event(), {{"timestamp", now(-301)}}), 403, "stale");
    expect_refused(enciphered(enter_event(), {{"id", "wwanother"}}), 403, "other_corp");
    expect_refused(enciphered("<xml><unclosed>"), 400, "malformed");
    for (const auto& line : bench_.log.lines()) {
        EXPECT_EQ(line.find("hr01"), std::string::npos) << line;
    }
}

TEST_F(CallbackRoute, RefusesBodiesThatAreNoEnvelopeOrTooLong) {
    Sent sent = enciphered(enter_event());
    for (const char* body : {"", "<xml>", "<!DOCTYPE x [<!ENTITY e 'x'>]><xml/>", "{\"a\":"}) {
        EXPECT_EQ(post({sent.target, body}).status, 400) << body;
    }
    EXPECT_EQ(post({sent.target, std::string((256U << 10U) + 1, ' ')}).status, 413);
    EXPECT_EQ(post({sent.target, std::string(2U << 20U, ' ')}).status, 413);
    EXPECT_EQ(bench_.count("callback_inbox"), 0);
    EXPECT_TRUE(counted("unknown", "malformed", 4));
    EXPECT_TRUE(counted("unknown", "too_long"));
}

TEST_F(CallbackRoute, NotesAPressOnTheFindingOfItsCardAndGreysTheButton) {
    const std::int64_t finding = bench_.send_warning();

    const auto answer = post(enciphered(press_event("HR01")));
    work_on_callbacks(*bench_.services, {});

    EXPECT_EQ(answer.status, 200);
    const auto reply = wecom::xml_leaves(deciphered(answer.body));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->at("MsgType"), "update_button");
    EXPECT_EQ(reply->at("ReplaceName"), "已阅读");
    EXPECT_EQ(reply->at("ToUserName"), "HR01");
    const auto connection = bench_.services->store->connect();
    const auto notes = store::FindingRepository(*connection).notes(finding);
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].actor, "wecom/hr01");
    EXPECT_EQ(notes[0].note, "seen");
    EXPECT_EQ(bench_.count("audit WHERE act = 'finding.seen' AND actor = 'wecom/hr01'"), 1);
    EXPECT_FALSE(store::AuditRepository(*connection).first_broken());
}

TEST_F(CallbackRoute, StoresADeliveryThatComesAgainOnceAndAnswersItAlike) {
    bench_.send_warning();
    const Sent same_bytes = enciphered(press_event("hr01"));
    const Sent made_anew = enciphered(press_event("hr01"));

    const auto first = post(same_bytes);
    const auto again = post(same_bytes);
    const auto anew = post(made_anew);
    bench_.live.reset();  // between receipt and work
    bench_.start();
    const auto after_restart = post(same_bytes);
    work_on_callbacks(*bench_.services, {});

    for (const auto& answer : {first, again, anew, after_restart}) {
        EXPECT_EQ(answer.status, 200);
        EXPECT_NE(deciphered(answer.body).find("已阅读"), std::string::npos);
    }
    EXPECT_EQ(bench_.count("callback_inbox"), 1);
    EXPECT_EQ(bench_.count("finding_note"), 1);
    EXPECT_EQ(bench_.count("audit WHERE act = 'finding.seen'"), 1);
    EXPECT_TRUE(counted("template_card_event", "replayed"));
    EXPECT_TRUE(counted("template_card_event", "repeated", 2));
}

TEST_F(CallbackRoute, LeavesWhatTheStoreDoesNotTakeWithoutAnAnswerSoThatItComesAgain) {
    const Sent press = enciphered(enter_event());
    const auto writer = bench_.services->store->connect();
    auto held = std::make_unique<store::sql::Transaction>(*writer);

    const auto none = post(press);
    held.reset();
    const auto again = post(press);

    EXPECT_EQ(none.status, 0);
    EXPECT_EQ(none.head, "");
    EXPECT_TRUE(counted("enter_agent", "not_stored"));
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(bench_.count("callback_inbox"), 1);
}

TEST_F(CallbackRoute, KeepsAPressThatIsNotOfTheOneWhoGotTheCard) {
    bench_.send_warning();

    EXPECT_EQ(post(enciphered(press_event("hr02"))).status, 200);
    work_on_callbacks(*bench_.services, {});

    EXPECT_EQ(bench_.count("callback_inbox WHERE outcome = 'foreign'"), 1);
    EXPECT_EQ(bench_.count("finding_note"), 0);
}

TEST_F(CallbackRoute, IsReachedByAPressInTheSandbox) {
    const std::int64_t finding = bench_.send_warning();
    const auto delivery = bench_.sandbox.deliveries("hr02").at(0);
    const json card = json::parse(delivery.message)["template_card"];

    const auto pressed =
        bench_.sandbox.press(delivery.id, card["button_list"][0]["key"].get<std::string>());
    work_on_callbacks(*bench_.services, {});

    EXPECT_EQ(pressed.status, 200);
    EXPECT_EQ(pressed.deliveries, 1);
    EXPECT_EQ(bench_.sandbox.deliveries("hr02").at(0).replaced_by, "已阅读");
    const auto connection = bench_.services->store->connect();
    EXPECT_EQ(store::FindingRepository(*connection).notes(finding).at(0).actor, "wecom/hr02");
}

TEST_F(CallbackRoute, WorksAfterARestartOnWhatWasReceivedBefore) {
    const std::int64_t finding = bench_.send_warning();
    {
        const auto connection = bench_.services->store->connect();
        store::JobRepository(*connection).pause("callbacks", "test", "", bench_.clock.now());
    }
    ASSERT_EQ(post(enciphered(press_event("hr01"))).status, 200);
    bench_.live.reset();
    ASSERT_EQ(bench_.count("callback_inbox WHERE handled_at IS NULL"), 1);

    {
        const auto connection = bench_.services->store->connect();
        store::JobRepository(*connection).resume("callbacks");
    }
    bench_.start();
    work_on_callbacks(*bench_.services, {});

    const auto connection = bench_.services->store->connect();
    EXPECT_EQ(store::FindingRepository(*connection).notes(finding).size(), 1U);
    EXPECT_EQ(bench_.count("callback_inbox WHERE handled_at IS NULL"), 0);
}

TEST_F(CallbackRoute, KeepsWhatNoKeyOpensUntilItsKeyComesBack) {
    {
        const auto connection = bench_.services->store->connect();
        store::JobRepository(*connection).pause("callbacks", "test", "", bench_.clock.now());
    }
    const std::int64_t finding = bench_.send_warning();
    ASSERT_EQ(post(enciphered(press_event("hr01"))).status, 200);
    const auto right = bench_.services->keys;
    bench_.services->keys = base::SealKeys::parse(base::SealKeys::generate("k2")).value();

    EXPECT_EQ(work_on_callbacks(*bench_.services, {}), 0);
    EXPECT_EQ(work_on_callbacks(*bench_.services, {}), 0);

    EXPECT_EQ(bench_.count("callback_inbox WHERE outcome = 'unreadable'"), 1);
    const auto lines = bench_.log.lines();
    EXPECT_EQ(std::count_if(lines.begin(),
                            lines.end(),
                            [](const std::string& line) {
                                return line.find("opens with no present key") != std::string::npos;
                            }),
              1);
    bench_.services->keys = right;
    EXPECT_EQ(work_on_callbacks(*bench_.services, {}), 1);
    EXPECT_EQ(bench_.count("callback_inbox WHERE outcome = 'noted' AND handled_at IS NOT NULL"), 1);
    const auto connection = bench_.services->store->connect();
    EXPECT_EQ(store::FindingRepository(*connection).notes(finding).size(), 1U);
}

TEST_F(CallbackRoute, DoesNotExistWhenItIsNotConfigured) {
    bench_.folder.write("hrbridge.yaml", "store: {kind: sqlite, path: hr.db}\nweb: {port: 0}\n");
    ASSERT_TRUE(bench_.live->reload());

    EXPECT_EQ(post({"/wecom/callback", "<xml/>"}).status, 404);
}

}  // namespace
}  // namespace hrbridge::app
