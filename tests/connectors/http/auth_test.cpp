#include <atomic>
#include <string>

#include <gmock/gmock.h>

#include "daemon/base/text.h"
#include "tests/connectors/http/http_fixture.h"

namespace hrbridge::http {
namespace {

using test::HttpRequest;
using test::HttpResponse;
using test::HttpsServer;
using testing::HasSubstr;
using testing::Not;

// A server that keeps its last request.
class HttpAuth : public HttpFixture {
  protected:
    HttpRequest ask(const Auth& auth) {
        HttpRequest last;
        const HttpsServer server([&](const HttpRequest& request) {
            last = request;
            return HttpResponse{200, page(1, 1)};
        });
        Options settings = options(server);
        settings.auth = auth;
        settings.headers = {{"X-Plant", "4711"}};
        read(settings, "query: {a: '1 2'}\n");
        return last;
    }

    // Hands out t1, t2, … and accepts what `good` says.
    HttpsServer::Handler token_server(std::atomic<int>& tokens,
                                      std::function<bool(const std::string&)> good,
                                      int seconds = 3600) {
        return [&tokens, good = std::move(good), seconds](const HttpRequest& request) {
            if (request.target == "/token") {
                return HttpResponse{200,
                                    "{\"access_token\":\"t" + std::to_string(++tokens) +
                                        "\",\"expires_in\":" + std::to_string(seconds) + "}"};
            }
            return HttpResponse{good(request.headers.at("authorization")) ? 200 : 401, page(1, 5)};
        };
    }

    static Options with_oauth(const HttpsServer& server) {
        Options settings = options(server);
        OAuthAuth oauth;
        oauth.token_url = server.base_url() + "/token";
        oauth.client_id = "id";
        oauth.client_secret = base::Secret("s/1");
        oauth.scope = "read rows";
        settings.auth = oauth;
        return settings;
    }
};

TEST_F(HttpAuth, BearerBasicAndOwnHeadersAreSent) {
    const HttpRequest bearer = ask(BearerAuth{base::Secret("abc")});
    EXPECT_EQ(bearer.headers.at("authorization"), "Bearer abc");
    EXPECT_EQ(bearer.headers.at("x-plant"), "4711");

    const HttpRequest basic = ask(BasicAuth{"Aladdin", base::Secret("open sesame")});
    EXPECT_EQ(basic.headers.at("authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");

    EXPECT_EQ(ask(NoAuth{}).headers.count("authorization"), 0U);
}

// The expected value was computed with openssl:
// printf '1714953600\nGET\n/rows?a=1%%202\n%s' "$(printf '' | sha256sum | cut -d' ' -f1)" |
//   openssl dgst -sha256 -hmac key
TEST_F(HttpAuth, TheHmacSignatureCoversTimeMethodAddressAndBody) {
    HmacAuth auth{"plant", base::Secret("key")};

    const HttpRequest request = ask(auth);

    EXPECT_EQ(request.headers.at("x-key-id"), "plant");
    EXPECT_EQ(request.headers.at("x-timestamp"), "1714953600");
    EXPECT_EQ(request.headers.at("x-signature"),
              "8df0ebf67ab2f4d1c728bd3c55bf1ff1676fe9615230c993a7c2ca482ca31b96");
}

TEST_F(HttpAuth, OneOAuthTokenServesAllReadingsOfASource) {
    std::atomic<int> tokens = 0;
    std::string form;
    std::string login;
    const auto handler =
        token_server(tokens, [](const auto& value) { return value == "Bearer t1"; });
    const HttpsServer server([&](const HttpRequest& request) {
        if (request.target == "/token") {
            form = request.body;
            login = request.headers.at("authorization");
        }
        return handler(request);
    });

    HttpConnector connector("att", with_oauth(server), clock_);
    connector.check();
    connector.check();

    EXPECT_EQ(tokens, 1);
    EXPECT_EQ(form, "grant_type=client_credentials&scope=read%20rows");
    EXPECT_EQ(login, "Basic " + base::to_base64("id:s%2F1"));
}

TEST_F(HttpAuth, AnOAuthTokenThatIsRefusedIsReplacedOnce) {
    std::atomic<int> tokens = 0;
    const HttpsServer server(
        token_server(tokens, [](const auto& value) { return value == "Bearer t2"; }));

    EXPECT_EQ(read(with_oauth(server), "").numbers, numbers(1, 5));
    EXPECT_EQ(tokens, 2);
}

TEST_F(HttpAuth, ASecondRefusalStopsTheReading) {
    std::atomic<int> tokens = 0;
    const HttpsServer server(token_server(tokens, [](const auto&) { return false; }));

    EXPECT_EQ(error_of(with_oauth(server), "").code(), "HTTP 401");
    EXPECT_EQ(tokens, 2);
}

TEST_F(HttpAuth, AnOAuthTokenIsReplacedBeforeItEnds) {
    std::atomic<int> tokens = 0;
    const HttpsServer server(token_server(
        tokens, [](const auto&) { return true; }, 600));
    HttpConnector connector("att", with_oauth(server), clock_);

    connector.check();
    clock_.advance(std::chrono::seconds(530));
    connector.check();
    EXPECT_EQ(tokens, 1);
    clock_.advance(std::chrono::seconds(20));
    connector.check();
    EXPECT_EQ(tokens, 2);
}

TEST_F(HttpAuth, ATokenServerThatRefusesStopsAndShowsNoSecret) {
    const HttpsServer server([](const HttpRequest&) { return HttpResponse{400, "s/1"}; });

    const auto error = error_of(with_oauth(server), "");

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_THAT(error.what(), HasSubstr("client_secret"));
    EXPECT_THAT(error.what(), Not(HasSubstr("s/1")));
}

TEST_F(HttpAuth, ARefusedLoginStopsAndSaysWhatToCheck) {
    const HttpsServer server([](const HttpRequest&) { return HttpResponse{401, "no"}; });
    Options settings = options(server);
    settings.auth = BearerAuth{base::Secret("secret-token")};
    settings.max_retries = 3;

    const auto error = error_of(settings, "");

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_EQ(error.code(), "HTTP 401");
    EXPECT_THAT(error.what(), HasSubstr("auth"));
    EXPECT_THAT(error.what(), Not(HasSubstr("secret-token")));
    EXPECT_EQ(server.requests(), 1);
}

TEST_F(HttpAuth, AStopEndsTheWaitForTheSourcesClock) {
    const HttpsServer server([this](const HttpRequest&) {
        stop_.request_stop();
        HttpResponse response{200, ""};
        response.headers["Date"] = "Sun, 06 Nov 1994 08:49:37 GMT";
        response.delay = std::chrono::seconds(5);
        return response;
    });
    HttpConnector connector("att", options(server), clock_);

    EXPECT_THROW(connector.now(stop_.get_token()), base::Stopped);
}

TEST_F(HttpAuth, TheSourcesClockIsItsDateHeader) {
    const HttpsServer server([](const HttpRequest&) {
        HttpResponse response{404, ""};
        response.headers["Date"] = "Sun, 06 Nov 1994 08:49:37 GMT";
        return response;
    });
    HttpConnector connector("att", options(server), clock_);

    EXPECT_EQ(base::to_string(connector.now({})), "1994-11-06 08:49:37Z");
}

}  // namespace
}  // namespace hrbridge::http
