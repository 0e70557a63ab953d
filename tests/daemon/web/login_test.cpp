#include <thread>

#include <gtest/gtest.h>

#include "daemon/base/ids.h"
#include "daemon/store/account_rights.h"
#include "tests/daemon/web/support/site.h"

namespace hrbridge::web {
namespace {

constexpr const char* kWrong = "incorrect horse battery";

Response login_from(Site& site,
                    const std::string& peer,
                    const std::string& name,
                    const std::string& password = kWrong) {
    Request asked = Site::request("POST", "/login");
    asked.headers["origin"] = std::string("https://") + Site::kHost;
    asked.form = {{"name", name}, {"password", password}};
    asked.peer = peer;
    return site.router->handle(asked);
}

TEST(Login, StartsASessionWhoseCookieScriptsAndOtherSitesCannotUse) {
    Site site;
    const Response response = site.try_login("operator", Site::kPassword);

    EXPECT_EQ(response.status, 303);
    EXPECT_EQ(response.headers.at("Location"), "/");
    const std::string cookie = response.headers.at("Set-Cookie");
    EXPECT_NE(cookie.find("; HttpOnly"), std::string::npos) << cookie;
    EXPECT_NE(cookie.find("; SameSite=Strict"), std::string::npos) << cookie;
    EXPECT_NE(cookie.find("; Path=/"), std::string::npos) << cookie;
    EXPECT_NE(cookie.find("; Max-Age=28800"), std::string::npos) << cookie;
    EXPECT_EQ(cookie.find("Secure"), std::string::npos) << cookie;
}

TEST(Login, KeepsTheCookieToTlsWhenThereIsTls) {
    SessionRules rules;
    rules.tls = true;
    Site site(rules);
    const Response response = site.try_login("operator", Site::kPassword);
    const std::string cookie = response.headers.at("Set-Cookie");

    EXPECT_TRUE(cookie.starts_with("__Host-hrbridge_session=")) << cookie;
    EXPECT_NE(cookie.find("; Secure"), std::string::npos) << cookie;
    EXPECT_NE(cookie.find("; Path=/;"), std::string::npos) << cookie;
    EXPECT_EQ(cookie.find("Domain"), std::string::npos) << cookie;
    const std::string session = Site::session_of(response);
    EXPECT_EQ(site.get("/runs", session).status, 200);
    Request planted = Site::request("GET", "/runs");
    planted.cookies[kSessionCookie] = session;
    EXPECT_EQ(site.router->handle(planted).status, 303) << "another host can set that name";
}

TEST(Login, IsRefusedForAWrongPasswordAndAnUnknownAccountAlike) {
    Site site;
    const Response wrong = site.try_login("operator", kWrong);
    const Response unknown = site.try_login("nobody", Site::kPassword);

    EXPECT_EQ(wrong.status, 401);
    EXPECT_EQ(unknown.status, 401);
    EXPECT_EQ(wrong.body, unknown.body);
    EXPECT_EQ(Site::session_of(wrong), "");
    EXPECT_EQ(Site::session_of(unknown), "");
}

TEST(Login, KeepsOnlyTheHashOfTheCookie) {
    Site site;
    const std::string session = site.login("operator");
    const auto connection = site.connect();
    const auto rows = connection->query("SELECT token_hash FROM session", {});

    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->bytes(0), base::sha256(session));
}

TEST(Login, GivesEachSessionATokenOfItsOwnAndTakesNoneFromTheBrowser) {
    Site site;
    Request request = Site::request("POST", "/login");
    request.form = {{"name", "operator"}, {"password", Site::kPassword}};
    request.cookies[kSessionCookie] = "planted-by-somebody-else";
    const std::string first = Site::session_of(site.router->handle(request));
    const std::string second = Site::session_of(site.router->handle(request));

    EXPECT_GE(first.size(), 32U);
    EXPECT_NE(first, second);
    EXPECT_NE(first, "planted-by-somebody-else");
    EXPECT_EQ(site.get("/runs", "planted-by-somebody-else").status, 303);
}

TEST(Login, IsTakenWhileASessionLivesAndEndsThatOne) {
    Site site;
    const std::string before = site.login("operator");
    const Response response =
        site.post("/login", before, {{"name", "hr"}, {"password", Site::kPassword}});

    ASSERT_EQ(response.status, 303) << response.body;
    EXPECT_EQ(site.get("/findings", Site::session_of(response)).status, 200);
    EXPECT_EQ(site.get("/runs", before).status, 303);
}

TEST(Login, OfAnotherSitesFormIsRefused) {
    Site site;
    Request request = Site::request("POST", "/login");
    request.form = {{"name", "operator"}, {"password", Site::kPassword}};
    request.headers["origin"] = "https://evil.example";

    EXPECT_EQ(site.router->handle(request).status, 403);
}

TEST(Login, EndsAtThePageThatWasAskedFor) {
    Site site;
    const std::string wanted = "/findings/12?lang=en";
    const Response form = site.get("/login", {}, {{"next", wanted}});
    EXPECT_NE(form.body.find("next=%2Ffindings%2F12%3Flang%3Den"), std::string::npos) << form.body;

    Request request = Site::request("POST", "/login");
    request.query["next"] = wanted;
    request.form = {{"name", "hr"}, {"password", kWrong}};
    EXPECT_NE(site.router->handle(request).body.find("next=%2Ffindings%2F12"), std::string::npos);
    request.form["password"] = Site::kPassword;
    EXPECT_EQ(site.router->handle(request).headers.at("Location"), wanted);
}

TEST(Login, EndsAtNoAddressOfAnotherSite) {
    Site site;
    for (const char* next : {"https://evil.example", "//evil.example", "/\\evil.example", "x"}) {
        Request request = Site::request("POST", "/login");
        request.query["next"] = next;
        request.form = {{"name", "hr"}, {"password", Site::kPassword}};
        EXPECT_EQ(site.router->handle(request).headers.at("Location"), "/") << next;
        const std::string form = site.get("/login", {}, {{"next", next}}).body;
        EXPECT_NE(form.find("action=\"/login\""), std::string::npos) << form;
    }
}

TEST(Login, OfWhoIsLoggedInLeadsOn) {
    Site site;
    const std::string session = site.login("hr");

    EXPECT_EQ(site.get("/login", session).headers.at("Location"), "/");
    EXPECT_EQ(site.get("/login", session, {{"next", "/findings/3"}}).headers.at("Location"),
              "/findings/3");
}

// A session that is asked for as often as a person at work does.
void use(Site& site, const std::string& session, std::chrono::minutes during) {
    constexpr std::chrono::minutes kBetween{20};
    for (std::chrono::minutes past{0}; past < during; past += kBetween) {
        ASSERT_EQ(site.get("/runs", session).status, 200);
        site.clock.advance(std::min(kBetween, during - past));
    }
}

TEST(Session, EndsWhenItIsNotUsedForAWhile) {
    Site site;
    const std::string session = site.login("operator");
    use(site, session, std::chrono::minutes(60));
    EXPECT_EQ(site.get("/runs", session).status, 200);
    site.clock.advance(std::chrono::minutes(30));

    EXPECT_EQ(site.get("/runs", session).status, 303);
    EXPECT_EQ(site.get("/runs", session).status, 303) << "a request brought it back";
}

TEST(Session, LastsAtLeastNineTenthsOfItsIdleTimeFromEachRequestOn) {
    Site site;
    const std::string session = site.login("operator");
    site.clock.advance(std::chrono::minutes(2));
    ASSERT_EQ(site.get("/runs", session).status, 200);
    site.clock.advance(std::chrono::minutes(27));

    EXPECT_EQ(site.get("/runs", session).status, 200);
}

TEST(Session, OfAnAccountThatGetsAnotherRoleAtThatMomentDoesNotBegin) {
    Site site;
    const auto connection = site.connect();
    store::AccountRepository accounts(*connection);
    const model::Account before = *accounts.find("operator");
    EXPECT_TRUE(accounts.may_log_in(before));

    store::AccountRights(*connection).set_role(before.id, model::Role::Checker);

    EXPECT_FALSE(accounts.may_log_in(before));
}

TEST(Session, EndsAfterItsHours) {
    SessionRules rules;
    rules.idle = std::chrono::hours(24);
    Site site(rules);
    const std::string session = site.login("operator");
    site.clock.advance(std::chrono::hours(8) - std::chrono::seconds(1));
    EXPECT_EQ(site.get("/runs", session).status, 200);

    site.clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(site.get("/runs", session).status, 303);
}

TEST(Session, EndsWithALogout) {
    Site site;
    const std::string session = site.login("operator");
    const std::string other = site.login("operator");
    const Response response =
        site.post("/logout", session, {{"form_token", site.form_token(session)}});

    EXPECT_EQ(response.status, 303);
    EXPECT_NE(response.headers.at("Set-Cookie").find("Max-Age=0"), std::string::npos);
    EXPECT_EQ(site.get("/runs", session).status, 303);
    EXPECT_EQ(site.get("/runs", other).status, 200);
}

TEST(Session, OfADisabledAccountIsNone) {
    Site site;
    const std::string session = site.login("operator");
    const auto connection = site.connect();
    store::AccountRepository accounts(*connection);
    accounts.set_disabled(accounts.find("operator")->id, true);

    EXPECT_EQ(site.get("/runs", session).status, 303);
    EXPECT_EQ(site.try_login("operator", Site::kPassword).status, 401);
}

TEST(LockOut, FollowsFiveFailuresAndEndsByItself) {
    Site site;
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(site.try_login("operator", kWrong).status, 401);
    }
    EXPECT_EQ(site.try_login("operator", Site::kPassword).status, 401);
    EXPECT_NE(site.login("hr"), "");

    site.clock.advance(std::chrono::minutes(15));
    EXPECT_EQ(site.try_login("operator", Site::kPassword).status, 303);
}

TEST(LockOut, CountsFailuresInARowOnly) {
    Site site;
    for (int i = 0; i < 4; ++i) {
        site.try_login("operator", kWrong);
    }
    EXPECT_NE(site.login("operator"), "");
    for (int i = 0; i < 4; ++i) {
        site.try_login("operator", kWrong);
    }
    EXPECT_NE(site.login("operator"), "");
}

TEST(LockOut, CountsEveryOneOfGuessesAtTheSameTime) {
    Site site;
    {
        std::vector<std::jthread> guesses;
        for (int i = 0; i < 5; ++i) {
            guesses.emplace_back([&] { site.try_login("operator", kWrong); });
        }
    }
    EXPECT_EQ(site.try_login("operator", Site::kPassword).status, 401);
}

TEST(LockOut, OfAStrangerLocksOnlyTheStrangerOut) {
    Site site;
    for (int i = 0; i < 40; ++i) {
        login_from(site, "203.0.113.7", "operator");
    }
    EXPECT_EQ(login_from(site, "203.0.113.7", "operator", Site::kPassword).status, 401);

    EXPECT_EQ(site.try_login("operator", Site::kPassword).status, 303);
    EXPECT_EQ(login_from(site, "203.0.113.7", "operator", Site::kPassword).status, 401)
        << "another's login does not free the stranger";
}

TEST(LockOut, OfAnAccountThatManyGuessAtIsADelay) {
    Site site;
    for (int i = 0; i < 10; ++i) {
        login_from(site, "203.0.113." + std::to_string(i), "operator");
    }
    EXPECT_TRUE(site.clock.sleeps().empty());
    login_from(site, "203.0.113.100", "operator");
    EXPECT_EQ(site.clock.sleeps().size(), 1U);

    EXPECT_EQ(site.try_login("operator", Site::kPassword).status, 303);
    EXPECT_EQ(site.clock.sleeps().size(), 2U);
    EXPECT_EQ(site.try_login("hr", Site::kPassword).status, 303);
    EXPECT_EQ(site.clock.sleeps().size(), 2U) << "another account waits too";
}

TEST(LockOut, TellsNobodyWhichAccountsThereAre) {
    Site site;
    for (int i = 0; i < 11; ++i) {
        login_from(site, "203.0.113." + std::to_string(i), "nobody");
    }
    EXPECT_EQ(site.clock.sleeps().size(), 1U);
}

TEST(LockOut, OfAnAddressThatGuessesAtManyAccountsIsADelay) {
    Site site;
    for (int i = 0; i < 30; ++i) {
        site.try_login("name" + std::to_string(i), kWrong);
    }
    EXPECT_TRUE(site.clock.sleeps().empty());
    site.try_login("another", kWrong);
    EXPECT_EQ(site.clock.sleeps().size(), 1U);
    login_from(site, "203.0.113.7", "another");
    EXPECT_EQ(site.clock.sleeps().size(), 1U);
}

TEST(LockOut, DoesNotLetAStrangerFillTheAudit) {
    Site site;
    for (int i = 0; i < 250; ++i) {
        login_from(site, "203.0.113.7", "operator");
    }
    const auto connection = site.connect();
    const auto rows =
        connection->query("SELECT detail FROM audit WHERE act = 'login.refused' ORDER BY id", {});
    std::vector<std::string> details;
    while (rows->next()) {
        details.push_back(rows->text(0));
    }
    EXPECT_EQ(details,
              (std::vector<std::string>{
                  "203.0.113.7", "203.0.113.7, 10 times", "203.0.113.7, 100 times"}));
}

TEST(LockOut, UndoesNoDisablingThatCameBetween) {
    Site site;
    // The failure is written after a password's check, which takes longer than this disabling.
    std::jthread guess([&] { site.try_login("operator", kWrong); });
    const auto connection = site.connect();
    store::AccountRepository accounts(*connection);
    accounts.set_disabled(accounts.find("operator")->id, true);
    guess.join();

    EXPECT_TRUE(accounts.find("operator")->disabled);
}

}  // namespace
}  // namespace hrbridge::web
