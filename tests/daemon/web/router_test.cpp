#include "daemon/web/router.h"

#include <gtest/gtest.h>

#include "tests/daemon/web/support/site.h"

namespace hrbridge::web {
namespace {

struct Access {
    const char* role;
    const char* path;
    int status;
};

class Roles : public testing::TestWithParam<Access> {};

TEST_P(Roles, SeeTheirPagesAndNoOthers) {
    Site site;
    const std::string session = site.login(GetParam().role);

    EXPECT_EQ(site.get(GetParam().path, session).status, GetParam().status)
        << GetParam().role << " " << GetParam().path;
}

INSTANTIATE_TEST_SUITE_P(All,
                         Roles,
                         testing::Values(Access{"operator", "/runs", 200},
                                         Access{"operator", "/rejects", 200},
                                         Access{"operator", "/outbox", 200},
                                         Access{"operator", "/findings", 403},
                                         Access{"operator", "/findings/1", 403},
                                         Access{"implementer", "/runs", 200},
                                         Access{"implementer", "/rejects", 200},
                                         Access{"implementer", "/outbox", 200},
                                         Access{"implementer", "/findings", 403},
                                         Access{"implementer", "/findings/1", 403},
                                         Access{"hr", "/runs", 403},
                                         Access{"hr", "/rejects", 403},
                                         Access{"hr", "/outbox", 403},
                                         Access{"hr", "/findings", 200},
                                         Access{"hr", "/findings/1", 404}));

TEST(Roles, OnlyAnOperatorPausesAJob) {
    Site site;
    store::JobRepository(*site.connect()).set_times("outbox", std::nullopt, site.clock.now());
    for (const auto& [role, status] :
         std::map<std::string, int>{{"implementer", 403}, {"hr", 403}, {"operator", 303}}) {
        const std::string session = site.login(role);
        const Fields form{{"name", "outbox"}, {"form_token", site.form_token(session)}};
        EXPECT_EQ(site.post("/jobs/pause", session, form).status, status) << role;
    }
    EXPECT_TRUE(store::JobRepository(*site.connect()).find("outbox")->paused);
}

TEST(Router, SendsStrangersToTheLoginAndBack) {
    Site site;
    for (const char* path : {"/", "/runs", "/rejects", "/outbox", "/findings", "/findings/1"}) {
        const Response response = site.get(path);
        EXPECT_EQ(response.status, 303) << path;
        EXPECT_EQ(response.headers.at("Location").rfind("/login", 0), 0U) << path;
    }
    EXPECT_EQ(site.get("/findings/12").headers.at("Location"),
              address("/login", {{"next", "/findings/12"}}));
    EXPECT_EQ(site.get("/rejects", {}, {{"mapping", "erp/person"}}).headers.at("Location"),
              address("/login", {{"next", "/rejects?mapping=erp%2Fperson"}}));
}

TEST(Router, KnowsNoOtherAddressesAndMethods) {
    Site site;
    const std::string session = site.login("operator");

    EXPECT_EQ(site.get("/nowhere", session).status, 404);
    EXPECT_EQ(site.get("/runs/", session).status, 404);
    EXPECT_EQ(site.get("/findings/1/more", session).status, 404);
    EXPECT_EQ(site.router->handle(Site::request("DELETE", "/runs")).status, 405);
    const Response wrong = site.get("/jobs/pause", session);
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.headers.at("Allow"), "POST");
    EXPECT_EQ(site.router->handle(Site::request("PUT", "/login")).headers.at("Allow"),
              "GET, HEAD, POST");
}

TEST(Router, TellsOfEachRequestOfAVisitorThatMayHaveChangedTheStore) {
    Site site;
    int told = 0;
    site.router->after_changes([&] { ++told; });
    const std::string session = site.login("operator");
    const int by_login = told;
    site.get("/runs", session);
    site.post("/jobs/pause", session, {{"name", "outbox"}, {"form_token", "wrong"}});
    EXPECT_EQ(told, by_login);

    site.post("/jobs/pause", session, {{"name", "?"}, {"form_token", site.form_token(session)}});

    EXPECT_EQ(told, by_login + 1);
}

TEST(Router, AnswersHeadAsGet) {
    Site site;
    Request head = Site::request("HEAD", "/runs");
    EXPECT_EQ(site.router->handle(head).status, 303);
    head.cookies[kSessionCookie] = site.login("operator");
    EXPECT_EQ(site.router->handle(head).status, 200);
    EXPECT_EQ(site.router->handle(Site::request("HEAD", "/assets/style.css")).status, 200);
    EXPECT_EQ(site.router->handle(Site::request("HEAD", "/jobs/pause")).status, 405);
}

TEST(Router, ServesItsStyleSheet) {
    Site site;
    const Response response = site.get("/assets/style.css");

    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "text/css; charset=utf-8");
    EXPECT_FALSE(response.body.empty());
    EXPECT_EQ(site.get("/assets/layout.html").status, 404);
}

TEST(Router, TellsAStrangerNothingOfAFailure) {
    Site site;
    site.router->add({"GET", "/fails", {}, true, false, [](const Visit&) -> Response {
                          throw std::runtime_error("inner detail");
                      }});
    const Response response = site.get("/fails");

    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.find("inner detail"), std::string::npos);
    EXPECT_TRUE(site.log.contains("inner detail"));
}

// A changing request, by what it lacks.
class ForgedRequest : public testing::Test {
  protected:
    ForgedRequest() {
        store::JobRepository(*site_.connect()).set_times("outbox", std::nullopt, site_.clock.now());
        request_ = Site::request("POST", "/jobs/pause");
        session_ = site_.login("operator");
        request_.cookies[kSessionCookie] = session_;
        request_.headers["origin"] = std::string("https://") + Site::kHost;
        request_.form = {{"name", "outbox"}, {"form_token", site_.form_token(session_)}};
    }
    int status() { return site_.router->handle(request_).status; }
    bool paused() { return store::JobRepository(*site_.connect()).find("outbox")->paused; }

    Site site_;
    std::string session_;
    Request request_;
};

TEST_F(ForgedRequest, IsTakenWhenItIsNone) {
    EXPECT_EQ(status(), 303);
    EXPECT_TRUE(paused());
}

TEST_F(ForgedRequest, WithoutFormTokenIsRefused) {
    request_.form.erase("form_token");
    EXPECT_EQ(status(), 403);
    request_.form["form_token"] = "";
    EXPECT_EQ(status(), 403);
    EXPECT_FALSE(paused());
}

TEST_F(ForgedRequest, WithTheTokenOfAnotherSessionIsRefused) {
    request_.form["form_token"] = site_.form_token(site_.login("operator"));
    EXPECT_EQ(status(), 403);
    EXPECT_FALSE(paused());
}

TEST_F(ForgedRequest, OfAnotherOriginIsRefused) {
    for (const char* origin : {"https://evil.example",
                               "null",
                               "https://hr.example.evil.example",
                               "https://hr.example:81",
                               ""}) {
        request_.headers["origin"] = origin;
        EXPECT_EQ(status(), 403) << origin;
    }
    EXPECT_FALSE(paused());
}

TEST_F(ForgedRequest, OfAClientThatNamesNoOriginIsHeldByItsToken) {
    request_.headers.erase("origin");
    EXPECT_EQ(status(), 303);
}

TEST_F(ForgedRequest, WithoutSessionIsRefused) {
    request_.cookies.clear();
    EXPECT_EQ(status(), 401);
    EXPECT_FALSE(paused());
}

TEST_F(ForgedRequest, TokenInTheAddressDoesNotCount) {
    request_.query["form_token"] = request_.form["form_token"];
    request_.form.erase("form_token");
    EXPECT_EQ(status(), 403);
}

}  // namespace
}  // namespace hrbridge::web
