#include "connectors/wecom/messages.h"

#include <string>

#include <gtest/gtest.h>

namespace hrbridge::wecom {
namespace {

const Addressee kTo{"zhangsan", 1000002};

std::string repeated(const std::string& piece, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) {
        text += piece;
    }
    return text;
}

Card notice() {
    Card card;
    card.source = "人事";
    card.title = "绩效预警";
    card.description = "装配一组";
    card.text = "不良率高于同组";
    card.details = {{"本人", "8.0%"}, {"同组", "3.0%"}};
    card.url = "https://hr.example.com/findings/1";
    card.task_id = "finding-1";
    return card;
}

Card with_buttons() {
    Card card = notice();
    card.buttons = {{"已知悉", "ack", "", 1}, {"查看", "", "https://hr.example.com/1", 2}};
    return card;
}

TEST(Messages, HaveExactlyTheseBytes) {
    EXPECT_EQ(text_message(kTo, "第一行\n\"二\"").value(),
              R"({"touser":"zhangsan","msgtype":"text","agentid":1000002,"safe":1,)"
              R"("text":{"content":"第一行\n\"二\""},)"
              R"("enable_duplicate_check":1,"duplicate_check_interval":14400})");
    EXPECT_EQ(
        notice_card_message(kTo, notice()).value(),
        R"({"touser":"zhangsan","msgtype":"template_card","agentid":1000002,"safe":1,)"
        R"("template_card":{"card_type":"text_notice","source":{"desc":"人事","desc_color":0},)"
        R"("main_title":{"title":"绩效预警","desc":"装配一组"},"sub_title_text":"不良率高于同组",)"
        R"("horizontal_content_list":[{"keyname":"本人","value":"8.0%"},)"
        R"({"keyname":"同组","value":"3.0%"}],)"
        R"("card_action":{"type":1,"url":"https://hr.example.com/findings/1"},)"
        R"("task_id":"finding-1"},"enable_duplicate_check":1,"duplicate_check_interval":14400})");
    EXPECT_NE(button_card_message(kTo, with_buttons())
                  .value()
                  .find(R"("button_list":[{"text":"已知悉","style":1,"type":0,"key":"ack"},)"
                        R"({"text":"查看","style":2,"type":1,"url":"https://hr.example.com/1"}])"),
              std::string::npos);
    EXPECT_EQ(button_update(kTo, "rc-1", "已确认").value(),
              R"({"userids":["zhangsan"],"agentid":1000002,"response_code":"rc-1",)"
              R"("button":{"replace_name":"已确认"}})");
}

TEST(Messages, AreNeverCutButRefusedWhenTooLong) {
    EXPECT_TRUE(text_message(kTo, repeated("绩", 682) + "xx").ok());  // 2048 bytes
    EXPECT_FALSE(text_message(kTo, repeated("绩", 683)).ok());
    EXPECT_FALSE(text_message(kTo, "").ok());
    TextCard card{"t", "d", "https://hr.example.com", "详情"};
    EXPECT_TRUE(textcard_message(kTo, card).ok());
    card.title = repeated("绩", 43);  // 129 bytes
    EXPECT_FALSE(textcard_message(kTo, card).ok());
    Card long_title = notice();
    long_title.title = repeated("绩", 36);
    EXPECT_TRUE(notice_card_message(kTo, long_title).ok());
    long_title.title += "效";
    const auto refused = notice_card_message(kTo, long_title);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.fault().where, "message.title");
    EXPECT_NE(refused.fault().what.find("has 37"), std::string::npos);
}

TEST(Messages, RefuseWhatThePlatformWouldMisread) {
    EXPECT_FALSE(text_message(kTo, "a\x01z").ok());
    EXPECT_FALSE(text_message(kTo, "\xff").ok());
    EXPECT_FALSE(text_message({"a|b", 1}, "x").ok());
    EXPECT_FALSE(text_message({"@all", 1}, "x").ok());
    EXPECT_FALSE(text_message({"", 1}, "x").ok());
    EXPECT_FALSE(text_message({std::string(65, 'a'), 1}, "x").ok());
    EXPECT_FALSE(text_message({"a", 0}, "x").ok());
}

TEST(Messages, HoldTheRulesOfTaskIdsAndButtons) {
    for (const char* bad : {"", "with space", "绩效", "a/b"}) {
        Card card = with_buttons();
        card.task_id = bad;
        EXPECT_FALSE(button_card_message(kTo, card).ok()) << bad;
    }
    Card twice = with_buttons();
    twice.buttons[1] = twice.buttons[0];
    EXPECT_FALSE(button_card_message(kTo, twice).ok());
    Card none = with_buttons();
    none.buttons.clear();
    EXPECT_FALSE(button_card_message(kTo, none).ok());
    Card seven = with_buttons();
    for (int i = 0; i < 5; ++i) {
        seven.buttons.push_back({"b", "k" + std::to_string(i), "", 1});
    }
    EXPECT_FALSE(button_card_message(kTo, seven).ok());
}

}  // namespace
}  // namespace hrbridge::wecom
