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
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class HttpSourceTest : public HttpFixture {
  protected:
    static HttpsServer::Handler always(const HttpResponse& response) {
        return [response](const HttpRequest&) { return response; };
    }
};

TEST_F(HttpSourceTest, NumbersNullsAbsentAndNestedValuesStayWhatTheyAre) {
    const HttpsServer server(always(
        {200,
         R"({"rows":[{"no":1,"v":0.1},{"no":2,"v":12345678901234567890123.45},{"no":3,"v":1e400},
             {"no":4,"v":null},{"no":5},{"no":6,"v":true},{"no":7,"v":{"a": [1, ""]}},
             {"no":8,"v":""}]})"}));

    EXPECT_THAT(read(options(server), "").values,
                ElementsAre("0.1",
                            "12345678901234567890123.45",
                            "1e400",
                            "NULL",
                            "absent",
                            "true",
                            R"({"a":[1,""]})",
                            ""));
}

TEST_F(HttpSourceTest, MembersMayStandDeeper) {
    const HttpsServer server(
        always({200, R"({"rows":[{"person":{"no":7},"tags":["x","y"]},{"person":null}]})"}));

    const auto reading = read(options(server), "members: {no: /person/no, v: /tags/1}\n");

    EXPECT_THAT(reading.numbers, ElementsAre("7", ""));
    EXPECT_THAT(reading.values, ElementsAre("y", "absent"));
}

TEST_F(HttpSourceTest, TwoMembersOfOneNameAreAnErrorThatNamesTheByte) {
    const HttpsServer server(always({200, R"({"rows":[{"no":1,"no":2}]})"}));

    const auto error = error_of(options(server), "");

    EXPECT_EQ(error.code(), "json");
    EXPECT_THAT(error.what(), HasSubstr("two members of one name"));
    EXPECT_THAT(error.what(), HasSubstr("at byte 23"));
}

TEST_F(HttpSourceTest, AnAnswerWithoutTheRowsIsAnErrorThatSaysWhereTheyShouldBe) {
    const HttpsServer server(always({200, R"({"error":"maintenance"})"}));

    const auto error = error_of(options(server), "");

    EXPECT_THAT(error.what(), HasSubstr("`rows:`"));
    EXPECT_THAT(error.what(), Not(HasSubstr("maintenance")));
}

TEST_F(HttpSourceTest, AnUnknownAuthorityIsRefusedAndTheErrorNamesTheSetting) {
    const HttpsServer server(always({200, page(1, 1)}));
    Options settings = options(server);
    settings.ca_file.clear();

    const auto error = error_of(settings, "");

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_THAT(error.what(), HasSubstr("ca_file"));
    EXPECT_EQ(server.requests(), 0);
}

TEST_F(HttpSourceTest, AWholeRetryAfterIsWaitedFor) {
    std::atomic<int> calls = 0;
    const HttpsServer server([&](const HttpRequest&) {
        HttpResponse response{200, page(1, 5)};
        if (calls++ == 0) {
            response.status = 429;
            response.headers["Retry-After"] = "7";
        }
        return response;
    });
    Options settings = options(server);
    settings.max_retries = 1;

    EXPECT_EQ(read(settings, "").numbers, numbers(1, 5));
    ASSERT_EQ(clock_.sleeps().size(), 1U);
    EXPECT_EQ(clock_.sleeps().front(), std::chrono::seconds(7));
}

TEST_F(HttpSourceTest, ARetryAfterMayBeADate) {
    std::atomic<int> calls = 0;
    const HttpsServer server([&](const HttpRequest&) {
        HttpResponse response{200, page(1, 5)};
        if (calls++ == 0) {
            response.status = 503;
            response.headers["Retry-After"] = "Mon, 06 May 2024 00:01:30 GMT";
        }
        return response;
    });
    Options settings = options(server);
    settings.max_retries = 1;

    EXPECT_EQ(read(settings, "").numbers, numbers(1, 5));
    ASSERT_EQ(clock_.sleeps().size(), 1U);
    EXPECT_EQ(clock_.sleeps().front(), std::chrono::seconds(90));
}

TEST_F(HttpSourceTest, ALongerRetryAfterThanAllowedEndsTheReadingAtOnce) {
    HttpResponse busy{429, "busy"};
    busy.headers["Retry-After"] = "99999999999999999";
    const HttpsServer server(always(busy));
    Options settings = options(server);
    settings.max_retries = 5;

    const auto error = error_of(settings, "");

    EXPECT_EQ(error.remedy(), base::Remedy::Retry);
    EXPECT_EQ(error.code(), "HTTP 429");
    EXPECT_TRUE(clock_.sleeps().empty());
}

TEST_F(HttpSourceTest, RetriesWaitLongerEachTimeAndEnd) {
    const HttpsServer server(always({503, "down"}));
    Options settings = options(server);
    settings.max_retries = 4;
    settings.retry_base_ms = 1000;

    const auto error = error_of(settings, "");

    EXPECT_EQ(error.code(), "HTTP 503");
    EXPECT_EQ(server.requests(), 5);
    const auto sleeps = clock_.sleeps();
    ASSERT_EQ(sleeps.size(), 4U);
    for (std::size_t i = 0; i < sleeps.size(); ++i) {
        EXPECT_GE(sleeps[i], std::chrono::milliseconds(500) * (1 << i));
        EXPECT_LE(sleeps[i], std::chrono::milliseconds(1000) * (1 << i));
    }
}

TEST_F(HttpSourceTest, ARefusalIsNotTriedAgainAndItsErrorShowsNoQuery) {
    const HttpsServer server(always({404, "no"}));
    Options settings = options(server);
    settings.max_retries = 5;

    const auto error = error_of(settings, "query: {name: zhangsan}\n");

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_EQ(server.requests(), 1);
    EXPECT_THAT(error.what(), HasSubstr("path"));
    EXPECT_THAT(error.what(), Not(HasSubstr("zhangsan")));
}

TEST_F(HttpSourceTest, ARedirectIsNotFollowed) {
    const HttpsServer other(always({200, page(1, 1)}));
    HttpResponse moved{302, ""};
    moved.headers["Location"] = other.base_url() + "/rows";
    const HttpsServer server(always(moved));

    EXPECT_EQ(error_of(options(server), "").code(), "HTTP 302");
    EXPECT_EQ(other.requests(), 0);
}

TEST_F(HttpSourceTest, AnOversizedAnswerIsCutOffAndNotTriedAgain) {
    const HttpsServer server(always({200, std::string(200'000, ' ')}));
    Options settings = options(server);
    settings.max_response_bytes = 100'000;
    settings.max_retries = 3;

    const auto error = error_of(settings, "");

    EXPECT_EQ(error.code(), "too large");
    EXPECT_THAT(error.what(), HasSubstr("max_response"));
    EXPECT_EQ(server.requests(), 1);
}

TEST_F(HttpSourceTest, ACompressedAnswerCountsByWhatItBecomes) {
    // 1,000,000 blanks as gzip packs them.
    HttpResponse packed{200,
                        *base::from_base64("H4sIAAAAAAAC/+3BgQAAAADDIJX5Ux7kVQE" +
                                           std::string(1290, 'A') + "K8G1wgmy0BCDwA=")};
    packed.headers["Content-Encoding"] = "gzip";
    ASSERT_LT(packed.body.size(), 1100U);
    const HttpsServer server(always(packed));
    Options settings = options(server);
    settings.max_response_bytes = 100'000;

    EXPECT_EQ(error_of(settings, "").code(), "too large");
    settings.max_response_bytes = 2'000'000;
    EXPECT_EQ(error_of(settings, "").code(), "json");
}

TEST_F(HttpSourceTest, ATruncatedAnswerIsNeverTakenForAWholeOne) {
    HttpResponse cut{200, page(1, 50)};
    cut.truncate_at = 40;
    const HttpsServer server(always(cut));
    Options settings = options(server);
    settings.max_retries = 1;

    const auto error = error_of(settings, "");

    EXPECT_EQ(error.remedy(), base::Remedy::Retry);
    EXPECT_EQ(server.requests(), 2);
}

TEST_F(HttpSourceTest, AServerThatIsTooSlowIsGivenUp) {
    HttpResponse slow{200, page(1, 1)};
    slow.delay = std::chrono::milliseconds(1500);
    const HttpsServer server(always(slow));
    Options settings = options(server);
    settings.total_ms = 300;

    const auto error = error_of(settings, "");

    EXPECT_EQ(error.remedy(), base::Remedy::Retry);
    EXPECT_EQ(error.code(), "curl 28");
    EXPECT_THAT(error.what(), HasSubstr("request_timeout"));
}

TEST_F(HttpSourceTest, AStopEndsTheReading) {
    const HttpsServer server([this](const HttpRequest&) {
        stop_.request_stop();
        HttpResponse response{503, ""};
        return response;
    });
    Options settings = options(server);
    settings.max_retries = 5;

    EXPECT_THROW(read(settings, ""), base::Stopped);
}

TEST_F(HttpSourceTest, RowsASecondAreKept) {
    const HttpsServer server(always({200, page(1, 6)}));
    Options settings = options(server);
    settings.rows_per_second = 2;

    read(settings, "", "", 3);

    EXPECT_GE(clock_.monotonic(), std::chrono::seconds(3));
}

TEST_F(HttpSourceTest, AnUnchangedBodyDoesNotTravelAgainAndKeepsItsLink) {
    std::atomic<int> unchanged = 0;
    const HttpsServer server([&](const HttpRequest& request) {
        const bool first = request.target == "/rows";
        HttpResponse response{200, first ? page(1, 5) : page(6, 1)};
        response.headers["ETag"] = first ? "\"v1\"" : "\"v2\"";
        if (request.headers.count("if-none-match") > 0) {
            ++unchanged;
            response.status = 304;
            response.body.clear();
        } else if (first) {
            response.headers["Link"] = "<?p=2>; rel=\"next\"";
        }
        return response;
    });
    HttpConnector connector("att", options(server), clock_);
    const auto dataset = base::parse_yaml(
        "conn: att\npath: /rows\nrows: /rows\nkey: [no]\ncolumns: {no: int}\npaging: {by: link}\n",
        "m.yaml");
    connectors::ReadRequest request;
    request.dataset = &dataset.value();
    base::RawBlock block;

    for (int i = 0; i < 2; ++i) {
        const auto source = connector.open(request);
        ASSERT_TRUE(source->read(block, {}));
        EXPECT_EQ(block.rows, 6U);
    }
    EXPECT_EQ(unchanged, 2);
}

}  // namespace
}  // namespace hrbridge::http
