#include "connectors/wecom/login.h"

#include <gtest/gtest.h>

#include "tests/connectors/wecom/support/wecom_bench.h"
#include "tests/support/raw_http.h"

namespace hrbridge::wecom {
namespace {

using Kind = LoginAnswer::Kind;

LoginOptions options() {
    LoginOptions out;
    out.corp_id = "ww6a112864f8022910";
    out.agent_id = 1000002;
    out.return_to = "https://hr.example:8443/login/wecom/callback";
    return out;
}

TEST(LoginAddress, InsideWeComHasItsParametersInThePlatformsOrderAndTheFragment) {
    EXPECT_EQ(login_address_inside(options(), "0123456789abcdef"),
              "https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww6a112864f8022910&"
              "redirect_uri=https%3A%2F%2Fhr.example%3A8443%2Flogin%2Fwecom%2Fcallback&"
              "response_type=code&scope=snsapi_base&state=0123456789abcdef&agentid=1000002"
              "#wechat_redirect");
}

TEST(LoginAddress, InAnotherBrowserIsTheOneThatShowsACodeToScan) {
    EXPECT_EQ(login_address_in_browser(options(), "0123456789abcdef", "en"),
              "https://login.work.weixin.qq.com/wwlogin/sso/login?login_type=CorpApp&"
              "appid=ww6a112864f8022910&agentid=1000002&"
              "redirect_uri=https%3A%2F%2Fhr.example%3A8443%2Flogin%2Fwecom%2Fcallback&"
              "state=0123456789abcdef&lang=en");
}

class Login : public testing::Test {
  protected:
    Login() {
        auto people = test::WecomBench::sandbox_options().people;
        people.push_back({"guest", "外人", true, true, true, false});
        bench_.sandbox.set_people(people);
    }
    // The code with which the platform sends this person's browser back.
    std::string code_of(const std::string& userid) const {
        const int port = std::stoi(bench_.url.substr(bench_.url.rfind(':') + 1));
        const auto answer =
            test::http_call(port,
                            {"POST",
                             "/connect/oauth2/choice",
                             {{"Content-Type", "application/x-www-form-urlencoded"}},
                             "appid=" + bench_.corp_id +
                                 "&redirect_uri=https%3A%2F%2Fhr.example%2Fback&response_type=code&"
                                 "scope=snsapi_base&state=s&userid=" +
                                 userid});
        const std::string mark = "back?code=";
        const std::size_t at = answer.head.find(mark);
        EXPECT_NE(at, std::string::npos) << answer.head << answer.body;
        const std::size_t from = at + mark.size();
        return answer.head.substr(from, answer.head.find('&', from) - from);
    }
    double calls(const std::string& errcode) {
        return bench_.metrics.wecom_calls.Add({{"api", "auth/getuserinfo"}, {"errcode", errcode}})
            .Value();
    }

    test::WecomBench bench_;
};

TEST_F(Login, NamesTheMemberInLowerCase) {
    const LoginAnswer answer = ask_who(bench_.client, code_of("ZhangSan"));

    EXPECT_EQ(answer.kind, Kind::Member);
    EXPECT_EQ(answer.userid, "zhangsan");
}

TEST_F(Login, NamesAMemberOutsideTheVisibleRangeToo) {
    EXPECT_EQ(ask_who(bench_.client, code_of("hidden")).userid, "hidden");
}

TEST_F(Login, TellsWhoIsNoMember) {
    const LoginAnswer answer = ask_who(bench_.client, code_of("guest"));

    EXPECT_EQ(answer.kind, Kind::Outsider);
    EXPECT_EQ(answer.userid, "");
}

TEST_F(Login, AsksOnceForACodeThatIsSpent) {
    const std::string code = code_of("lisi");
    EXPECT_EQ(ask_who(bench_.client, code).kind, Kind::Member);

    EXPECT_EQ(ask_who(bench_.client, code).kind, Kind::SpentCode);

    EXPECT_EQ(calls("40029"), 1);
}

TEST_F(Login, TakesNoCodeThatIsOlderThanFiveMinutes) {
    const std::string code = code_of("lisi");
    bench_.clock.advance(std::chrono::minutes(5));

    EXPECT_EQ(ask_who(bench_.client, code).kind, Kind::SpentCode);
}

TEST_F(Login, DoesNotAskForWhatIsNoCode) {
    EXPECT_EQ(ask_who(bench_.client, "").kind, Kind::SpentCode);
    EXPECT_EQ(ask_who(bench_.client, std::string(513, 'c')).kind, Kind::SpentCode);

    EXPECT_EQ(calls("40029"), 0);
}

TEST_F(Login, SurvivesATokenThatHasExpired) {
    bench_.tokens.token();
    const std::string code = code_of("lisi");
    bench_.sandbox.expire_tokens();

    EXPECT_EQ(ask_who(bench_.client, code).userid, "lisi");
}

TEST_F(Login, FailsWhenThePlatformRefusesTheApp) {
    bench_.refuse(60020, 1, "auth/getuserinfo");

    EXPECT_THROW(ask_who(bench_.client, code_of("lisi")), base::ConnectorError);
}

TEST_F(Login, OfAnotherAppOrWithoutScopeIsRefusedByTheSandbox) {
    const int port = std::stoi(bench_.url.substr(bench_.url.rfind(':') + 1));
    const std::string begin = "?appid=" + bench_.corp_id + "&redirect_uri=https%3A%2F%2Fa&state=s";
    const auto status = [&](const std::string& target) {
        return test::http_call(port, {"GET", target}).status;
    };

    EXPECT_EQ(status("/connect/oauth2/authorize" + begin + "&response_type=code&scope=snsapi_base"),
              200);
    EXPECT_EQ(status("/connect/oauth2/authorize" + begin + "&response_type=code"), 400);
    EXPECT_EQ(status("/wwlogin/sso/login" + begin + "&login_type=CorpApp&agentid=1000002"), 200);
    EXPECT_EQ(status("/wwlogin/sso/login" + begin + "&login_type=CorpApp&agentid=7"), 400);
}

}  // namespace
}  // namespace hrbridge::wecom
