#include <gmock/gmock.h>

#include "tests/daemon/app/support/browser.h"
#include "tests/daemon/app/support/live_bench.h"

namespace hrbridge::app {
namespace {

using test::Browser;
using test::HttpAnswer;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kSession = "__Host-hrbridge_session";
constexpr const char* kInWecom = "Mozilla/5.0 (Linux) MicroMessenger/7.0.1 wxwork/4.1.0";

// A person with a browser, the daemon and the platform's stand-in, over HTTP. "hr" is the account
// of hr01; hr02 has none.
class WecomLogin : public testing::Test {
  protected:
    WecomLogin() {
        bench_.sandbox.set_people({{"HR01", "人事主管"},
                                   {"hr02", "人事专员"},
                                   {"guest", "外人", true, true, true, false}});
        bench_.start();
        connection_ = bench_.services->store->connect();
        store::AccountRepository(*connection_)
            .add({0, "hr", model::Role::Hr, "", "hr01", false}, bench_.clock.now());
        sandbox_port_ = std::stoi(bench_.sandbox_url.substr(bench_.sandbox_url.rfind(':') + 1));
    }
    int port() const { return bench_.live->port(); }
    // The platform's page that the browser is sent to.
    std::string begin(Browser& browser, const std::string& next = "") {
        const HttpAnswer answer = browser.get("/login/wecom" + next);
        EXPECT_EQ(answer.status, 303);
        return Browser::field(answer, "Location");
    }
    // What somebody chooses there; gives the way back to the daemon.
    std::string choose(const std::string& page, const std::string& userid) const {
        EXPECT_THAT(page, StartsWith(bench_.sandbox_url));
        std::string target = page.substr(bench_.sandbox_url.size());
        target = target.substr(0, target.find('#'));
        const HttpAnswer shown = test::http_call(sandbox_port_, {"GET", target});
        EXPECT_EQ(shown.status, 200) << shown.body;
        EXPECT_THAT(shown.body, HasSubstr("value=\"" + userid + "\""));
        const HttpAnswer answer =
            test::http_call(sandbox_port_,
                            {"POST",
                             "/connect/oauth2/choice",
                             {{"Content-Type", "application/x-www-form-urlencoded"}},
                             target.substr(target.find('?') + 1) + "&userid=" + userid});
        const std::string back = Browser::field(answer, "Location");
        EXPECT_THAT(back, StartsWith("https://hr.example/login/wecom/callback?code="));
        return back.substr(std::string("https://hr.example").size());
    }
    HttpAnswer log_in(Browser& browser, const std::string& userid, const std::string& next = "") {
        return browser.get(choose(begin(browser, next), userid), true);
    }
    std::vector<std::string> audit() {
        std::vector<std::string> rows;
        const auto found = connection_->query(
            "SELECT actor, act, object, detail FROM audit WHERE act LIKE 'login%' ORDER BY id", {});
        while (found->next()) {
            rows.push_back(found->text(0) + " " + found->text(1) + " " + found->text(2) + " " +
                           found->text(3));
        }
        return rows;
    }

    test::LiveBench bench_;
    std::unique_ptr<store::sql::Connection> connection_;
    int sandbox_port_ = 0;
};

TEST_F(WecomLogin, IsOfferedBesideTheLocalAccounts) {
    Browser browser(port());
    const HttpAnswer form = browser.get("/login?next=%2Ffindings%2F3");

    EXPECT_THAT(form.body, HasSubstr("用企业微信登录"));
    EXPECT_THAT(form.body, HasSubstr("login/wecom?next=%2Ffindings%2F3"));
    EXPECT_THAT(form.body, HasSubstr("name=\"password\""));
}

TEST_F(WecomLogin, LeadsAMemberWhomAnAdministratorAllowedToThePageThatWasAskedFor) {
    Browser browser(port());
    const std::string page = begin(browser, "?next=%2Ffindings%3Flang%3Den");
    EXPECT_THAT(page, StartsWith(bench_.sandbox_url + "/wwlogin/sso/login?login_type=CorpApp&"));
    EXPECT_THAT(browser.cookie("__Host-hrbridge_login"), HasSubstr("HttpOnly; SameSite=Lax"));

    const HttpAnswer done = browser.get(choose(page, "HR01"), true);

    EXPECT_EQ(done.status, 200);
    EXPECT_THAT(done.body, HasSubstr("http-equiv=\"refresh\" content=\"0; url=/findings?"));
    EXPECT_THAT(browser.cookie(kSession), HasSubstr("SameSite=Strict"));
    EXPECT_EQ(browser.get("/findings").status, 200);
    EXPECT_EQ(browser.get("/runs").status, 403);
    EXPECT_THAT(audit(), testing::ElementsAre("hr login wecom 127.0.0.1"));
}

TEST_F(WecomLogin, AsksNothingInsideWecom) {
    Browser browser(port(), kInWecom);
    const HttpAnswer form = browser.get("/login?next=%2Ffindings");
    EXPECT_EQ(form.status, 303);
    EXPECT_EQ(Browser::field(form, "Location"), "/login/wecom?next=%2Ffindings");

    const std::string page = begin(browser, "?next=%2Ffindings");

    EXPECT_THAT(page,
                StartsWith(bench_.sandbox_url +
                           "/connect/oauth2/authorize?appid=wwsandbox&redirect_uri=https%3A%2F%2F"
                           "hr.example%2Flogin%2Fwecom%2Fcallback&response_type=code&"
                           "scope=snsapi_base&state="));
    EXPECT_THAT(page, testing::EndsWith("&agentid=1000002#wechat_redirect"));
    EXPECT_EQ(browser.get(choose(page, "HR01"), true).status, 200);
    EXPECT_EQ(browser.get("/findings").status, 200);
}

TEST_F(WecomLogin, BeginsForNobodyWhoAsksForTheHeadAlone) {
    const HttpAnswer answer = test::http_call(port(), {"HEAD", "/login/wecom"});

    EXPECT_EQ(answer.status, 303);
    const auto begun = connection_->query("SELECT count(*) FROM login_attempt", {});
    ASSERT_TRUE(begun->next());
    EXPECT_EQ(begun->integer(0), 0);
}

TEST_F(WecomLogin, LeavesTheLocalFormToWhoWantsIt) {
    Browser browser(port(), kInWecom);

    EXPECT_EQ(browser.get("/login?local=1").status, 200);
}

TEST_F(WecomLogin, GivesNobodyARoleForBeingInTheCompany) {
    Browser browser(port());
    const HttpAnswer answer = log_in(browser, "hr02");

    EXPECT_EQ(answer.status, 403);
    EXPECT_THAT(answer.body, HasSubstr("<code>hr02</code>"));
    EXPECT_FALSE(browser.has_cookie(kSession));
    EXPECT_THAT(audit(),
                testing::ElementsAre("stranger login.refused wecom 127.0.0.1, userid hr02"));
}

TEST_F(WecomLogin, RefusesADisabledAccountAndWhoIsNoMember) {
    store::AccountRepository accounts(*connection_);
    accounts.set_disabled(accounts.find("hr")->id, true);
    Browser browser(port());

    EXPECT_EQ(log_in(browser, "HR01").status, 403);
    const HttpAnswer outsider = log_in(browser, "guest");

    EXPECT_EQ(outsider.status, 403);
    EXPECT_THAT(outsider.body, HasSubstr("只有本企业的成员才能登录"));
    EXPECT_FALSE(browser.has_cookie(kSession));
}

TEST_F(WecomLogin, CountsOnceAndOnlyInTheBrowserThatBeganIt) {
    Browser browser(port());
    Browser other(port());
    begin(other);
    const std::string back = choose(begin(browser), "HR01");
    EXPECT_EQ(other.get(back, true).status, 400);
    EXPECT_EQ(Browser(port()).get(back, true).status, 400);
    EXPECT_FALSE(other.has_cookie(kSession));

    EXPECT_EQ(browser.get(back, true).status, 200);

    EXPECT_EQ(browser.get(back, true).status, 400);
}

TEST_F(WecomLogin, IsTooOldAfterTenMinutes) {
    Browser browser(port());
    const std::string page = begin(browser);
    bench_.clock.advance(std::chrono::minutes(10));

    const HttpAnswer answer = browser.get(choose(page, "HR01"), true);

    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, HasSubstr("请重新登录"));
}

TEST_F(WecomLogin, BeginsAnewOnceWhenTheCodeIsSpentAndNeverAsksForThatCodeAgain) {
    using wecom::sandbox::Trouble;
    bench_.sandbox.trouble({"auth/getuserinfo", Trouble::Way::Refuse, 40029, 2});
    Browser browser(port());
    const HttpAnswer first = log_in(browser, "HR01", "?next=%2Ffindings");
    EXPECT_EQ(first.status, 303);
    const std::string anew = Browser::field(first, "Location");
    EXPECT_THAT(anew, StartsWith("/login/wecom?"));
    EXPECT_THAT(anew, HasSubstr("next=%2Ffindings"));

    const std::string page = Browser::field(browser.get(anew), "Location");
    const HttpAnswer second = browser.get(choose(page, "HR01"), true);

    EXPECT_EQ(second.status, 400);
    EXPECT_EQ(
        bench_.metrics.wecom_calls.Add({{"api", "auth/getuserinfo"}, {"errcode", "40029"}}).Value(),
        2);
    EXPECT_EQ(log_in(browser, "HR01").status, 200);
}

TEST_F(WecomLogin, SaysWhenThePlatformIsAwayOrRefusesAndKeepsLocalAccounts) {
    using wecom::sandbox::Trouble;
    Browser browser(port());
    bench_.sandbox.trouble({"auth/getuserinfo", Trouble::Way::Refuse, 60020, 1});
    const HttpAnswer refused = log_in(browser, "HR01");
    bench_.sandbox.trouble({"auth/getuserinfo", Trouble::Way::DropAfter, 0, 1});
    const HttpAnswer away = log_in(browser, "HR01");

    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(away.status, 503);
    EXPECT_THAT(away.body, HasSubstr("/login?local=1"));
    EXPECT_TRUE(bench_.log.contains("a login by WeCom failed code=errcode 60020"));
}

TEST_F(WecomLogin, WithoutACodeWasRefusedByThePerson) {
    Browser browser(port());
    std::string back = choose(begin(browser), "HR01");
    back = "/login/wecom/callback?" + back.substr(back.find("state="));

    EXPECT_EQ(browser.get(back, true).status, 403);
}

TEST_F(WecomLogin, LeadsToNoOtherSite) {
    for (const char* next : {"https:%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil"}) {
        Browser browser(port());
        const HttpAnswer done = log_in(browser, "HR01", std::string("?next=") + next);
        EXPECT_THAT(done.body, HasSubstr("content=\"0; url=/\"")) << next;
    }
}

TEST_F(WecomLogin, OfAnAccountWithoutAPasswordIsItsOnlyOne) {
    test::HttpCall call{"POST",
                        "/login",
                        {{"Content-Type", "application/x-www-form-urlencoded"}},
                        "name=hr&password="};

    EXPECT_EQ(test::http_call(port(), call).status, 401);
}

TEST_F(WecomLogin, GivesEachSessionATokenOfItsOwn) {
    Browser browser(port());
    log_in(browser, "HR01");
    const std::string before = browser.cookie(kSession);

    log_in(browser, "HR01");

    EXPECT_NE(browser.cookie(kSession).substr(0, 64), before.substr(0, 64));
}

}  // namespace
}  // namespace hrbridge::app
