#include <gtest/gtest.h>

#include "connectors/wecom/sandbox/pages.h"
#include "tests/support/manual_clock.h"

namespace hrbridge::wecom::sandbox {
namespace {

class SandboxPages : public testing::Test {
  protected:
    SandboxPages() : state_(options(), clock_) {}

    static Options options() {
        Options given;
        given.people = {{"silent1", "甲"}, {"receiver", "乙"}, {"silent2", "丙"}};
        return given;
    }

    void deliver_to(const std::string& userid) {
        Delivery delivery;
        delivery.userid = userid;
        state_.deliveries.push_back(delivery);
    }

    test::ManualClock clock_;
    State state_;
};

TEST_F(SandboxPages, ListWhoReceivedSomethingFirstAndFoldTheOthers) {
    deliver_to("receiver");
    deliver_to("receiver");

    const std::string page = people_page(state_).body;

    const std::size_t fold = page.find("<details><summary>其他成员（2 人）</summary>");
    ASSERT_NE(fold, std::string::npos);
    EXPECT_LT(page.find("/people/receiver"), fold);
    EXPECT_LT(page.find("2 条消息"), fold);
    EXPECT_GT(page.find("/people/silent1"), fold);
    EXPECT_NE(page.find("/people/silent2"), std::string::npos);
}

TEST_F(SandboxPages, FoldNobodyWhenAllReceivedSomething) {
    for (const char* userid : {"silent1", "receiver", "silent2"}) {
        deliver_to(userid);
    }

    EXPECT_EQ(people_page(state_).body.find("<details>"), std::string::npos);
}

TEST_F(SandboxPages, SayWhenNobodyReceivedAnything) {
    const std::string page = people_page(state_).body;

    EXPECT_NE(page.find("还没有成员收到消息。"), std::string::npos);
    EXPECT_NE(page.find("其他成员（3 人）"), std::string::npos);
}

}  // namespace
}  // namespace hrbridge::wecom::sandbox
