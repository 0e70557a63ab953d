#include <algorithm>
#include <atomic>
#include <string>

#include <gmock/gmock.h>

#include "tests/connectors/http/http_fixture.h"

namespace hrbridge::http {
namespace {

using test::HttpRequest;
using test::HttpResponse;
using test::HttpsServer;
using testing::HasSubstr;

class HttpPaging : public HttpFixture {
  protected:
    // A server with rows 1 to `rows` that gives at most `most` rows a page.
    static HttpsServer::Handler by_number(int rows, int most) {
        return [rows, most](const HttpRequest& request) {
            const int first = (std::stoi(parameter(request, "page")) - 1) * most + 1;
            return HttpResponse{200, page(first, std::clamp(rows - first + 1, 0, most))};
        };
    }
};

TEST_F(HttpPaging, ByNumberReadsAllPagesAndGoesOnBehindEveryRow) {
    const HttpsServer server(by_number(7, 2));
    const std::string paging = "paging: {by: number, param: page, size: 2}\n";

    EXPECT_EQ(read(options(server), paging).numbers, numbers(1, 7));
    expect_every_position_resumes(options(server), paging);
}

TEST_F(HttpPaging, OnlyAReadingOfOnePageFromItsBeginningIsSureToHaveGivenAll) {
    const HttpsServer many(by_number(7, 2));
    const HttpsServer one(by_number(3, 9));
    const HttpsServer none(by_number(0, 9));
    const std::string paging = "paging: {by: number, param: page, size: 9}\n";

    const Reading whole = read(options(one), paging, "", 1);
    EXPECT_EQ(whole.parts, std::vector<std::string>{""});
    EXPECT_TRUE(read(options(one), paging, whole.positions.front()).parts.empty());
    EXPECT_TRUE(read(options(many), "paging: {by: number, param: page, size: 2}\n").parts.empty());
    EXPECT_TRUE(read(options(none), paging).parts.empty()) << "the source may not be filled";
    window_ = {"changed", clock_.now(), clock_.now() + std::chrono::hours(1)};
    EXPECT_TRUE(read(options(one), paging).parts.empty());
}

TEST_F(HttpPaging, ByNumberLosesNothingWhenTheServersPagesAreSmallerThanAskedFor) {
    const HttpsServer server(by_number(7, 2));

    const auto reading =
        read(options(server), "paging: {by: number, param: page, size: 500, size_param: limit}\n");

    EXPECT_EQ(reading.numbers, numbers(1, 7));
}

TEST_F(HttpPaging, AShortPageIsTheLastWhenTheServerFillsItsPages) {
    const HttpsServer server(by_number(5, 2));

    read(options(server), "paging: {by: number, param: page, size: 2}\n");

    EXPECT_EQ(server.requests(), 3);
}

TEST_F(HttpPaging, APageThatTheServerDoesNotHaveEndsTheReadingBehindAShortPageOnly) {
    const HttpsServer server([](const HttpRequest& request) {
        return parameter(request, "page") == "1" ? HttpResponse{200, page(1, 3)}
                                                 : HttpResponse{404, "no such page"};
    });

    EXPECT_EQ(read(options(server), "paging: {by: number, param: page, size: 9}\n").numbers,
              numbers(1, 3));
    EXPECT_EQ(error_of(options(server), "paging: {by: number, param: page, size: 3}\n").code(),
              "HTTP 404");
}

TEST_F(HttpPaging, AServerThatRepeatsItsLastPageEndsTheReading) {
    const HttpsServer server([](const HttpRequest&) { return HttpResponse{200, page(1, 3)}; });

    EXPECT_EQ(read(options(server), "paging: {by: number, param: page, size: 9}\n").numbers,
              numbers(1, 3));
}

TEST_F(HttpPaging, AServerThatIgnoresThePageParameterIsAnError) {
    const HttpsServer server([](const HttpRequest&) { return HttpResponse{200, page(1, 3)}; });

    const auto error = error_of(options(server), "paging: {by: offset, param: from, size: 3}\n");

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_THAT(error.what(), HasSubstr("same rows again"));
}

TEST_F(HttpPaging, PagesThatGoRoundInACircleAreAnError) {
    const HttpsServer server([](const HttpRequest& request) {
        return HttpResponse{200, page(std::stoi(parameter(request, "page")) % 2 * 10 + 1, 3)};
    });

    EXPECT_THAT(error_of(options(server), "paging: {by: number, param: page}\n").what(),
                HasSubstr("same rows again"));
}

TEST_F(HttpPaging, ByOffsetCountsTheRowsThatCame) {
    const HttpsServer server([](const HttpRequest& request) {
        const int offset = std::stoi(parameter(request, "from"));
        return HttpResponse{200, page(offset + 1, std::clamp(7 - offset, 0, 3))};
    });
    const std::string paging = "paging: {by: offset, param: from, size: 100}\n";

    EXPECT_EQ(read(options(server), paging).numbers, numbers(1, 7));
    expect_every_position_resumes(options(server), paging);
}

TEST_F(HttpPaging, TheTotalEndsTheReadingWithoutOneMoreRequest) {
    const HttpsServer server([](const HttpRequest& request) {
        const int first = std::stoi(parameter(request, "page")) * 2 - 1;
        return HttpResponse{200, page(first, 2, ",\"total\":4")};
    });

    EXPECT_EQ(
        read(options(server), "paging: {by: number, param: page, total_at: /total}\n").numbers,
        numbers(1, 4));
    EXPECT_EQ(server.requests(), 2);
}

TEST_F(HttpPaging, FewerRowsThanTheTotalIsAnErrorToTryAgain) {
    const HttpsServer server([](const HttpRequest& request) {
        const bool first = parameter(request, "page") == "1";
        return HttpResponse{200, page(1, first ? 2 : 0, ",\"total\":4")};
    });

    const auto error =
        error_of(options(server), "paging: {by: number, param: page, total_at: /total}\n");

    EXPECT_EQ(error.remedy(), base::Remedy::Retry);
    EXPECT_EQ(error.code(), "incomplete");
}

TEST_F(HttpPaging, ByCursorReadsOnBehindEveryRow) {
    const HttpsServer server([](const HttpRequest& request) {
        const std::string cursor = parameter(request, "cursor");
        return HttpResponse{200,
                            cursor.empty()  ? page(1, 3, ",\"next\":\"a/b|c\"")
                            : cursor == "7" ? page(6, 1, ",\"next\":null")
                                            : page(4, 2, ",\"next\":7")};
    });
    const std::string paging = "paging: {by: cursor, param: cursor, cursor_at: /next}\n";

    EXPECT_EQ(read(options(server), paging).numbers, numbers(1, 6));
    expect_every_position_resumes(options(server), paging);
}

TEST_F(HttpPaging, ACursorThatComesAgainIsAnErrorInsteadOfAnEndlessLoop) {
    std::atomic<int> calls = 0;
    const HttpsServer server([&](const HttpRequest&) {
        return HttpResponse{200, page(++calls, 1, ",\"next\":\"same\"")};
    });

    EXPECT_THAT(
        error_of(options(server), "paging: {by: cursor, param: cursor, cursor_at: /next}\n").what(),
        HasSubstr("never end"));
}

TEST_F(HttpPaging, EverNewCursorsWithoutRowsAreAnErrorInsteadOfAnEndlessLoop) {
    std::atomic<int> calls = 0;
    const HttpsServer server(
        [&](const HttpRequest&) {
            return HttpResponse{200, page(1, 0, ",\"next\":" + std::to_string(++calls))};
        },
        HttpsServer::Transport::Plain);
    Options settings = options(server);
    settings.ca_file.clear();

    EXPECT_THAT(
        error_of(settings, "paging: {by: cursor, param: cursor, cursor_at: /next}\n").what(),
        HasSubstr("empty pages"));
}

TEST_F(HttpPaging, ByLinkFollowsTheSameServerAndReadsOnBehindEveryRow) {
    const HttpsServer server([](const HttpRequest& request) {
        HttpResponse response{200, page(4, 2)};
        if (request.target == "/rows") {
            response.body = page(1, 3);
            response.headers["Link"] = "</first>; rel=\"first\", </rows?p=2>; rel=\"next\"";
        }
        return response;
    });

    EXPECT_EQ(read(options(server), "paging: {by: link}\n").numbers, numbers(1, 5));
    expect_every_position_resumes(options(server), "paging: {by: link}\n");
}

TEST_F(HttpPaging, ALinkToAnotherServerIsNotFollowed) {
    const HttpsServer other([](const HttpRequest&) { return HttpResponse{200, page(4, 1)}; });
    const HttpsServer server([&](const HttpRequest&) {
        HttpResponse response{200, page(1, 3)};
        response.headers["Link"] = "<" + other.base_url() + "/rows>; rel=\"next\"";
        return response;
    });

    const auto error = error_of(options(server), "paging: {by: link}\n");

    EXPECT_THAT(error.what(), HasSubstr("another server"));
    EXPECT_EQ(other.requests(), 0);
}

TEST_F(HttpPaging, APageWhoseRowsMovedIsGivenAgainAsAWhole) {
    std::atomic<int> first = 1;
    const HttpsServer server([&](const HttpRequest&) { return HttpResponse{200, page(first, 3)}; });
    const auto before = read(options(server), "", "", 2);
    first = 2;

    EXPECT_EQ(read(options(server), "", before.positions.front()).numbers, numbers(2, 4));
}

TEST_F(HttpPaging, PositionsGiveNoRowAwayToWhoTriesAllPays) {
    const base::SealKeys keys =
        base::SealKeys::make({{"k1", base::Secret(std::string(32, 'a'))}}, "k1").value();
    const HttpsServer server([&](const HttpRequest&) { return HttpResponse{200, page(1, 3)}; });
    const auto plain = read(options(server), "", "", 2).positions.front();
    keys_ = &keys;
    const auto sealed = read(options(server), "", "", 2).positions.front();

    EXPECT_NE(sealed, plain);
    expect_every_position_resumes(options(server), "");
    EXPECT_EQ(read(options(server), "", plain).numbers, numbers(1, 3)) << "given again, not lost";
}

TEST_F(HttpPaging, RowsThatLeftTheResultLoseNoneOfThoseThatMovedUp) {
    // Ten rows of which the first three leave between two runs.
    std::atomic<int> gone = 0;
    for (const std::string by : {"number", "offset"}) {
        gone = 0;
        const HttpsServer server([&](const HttpRequest& request) {
            const int at = std::stoi(parameter(request, "p"));
            const int first = (by == "number" ? (at - 1) * 3 : at) + gone + 1;
            return HttpResponse{200, page(first, std::max(0, std::min(3, 11 - first)))};
        });
        const std::string paging = "paging: {by: " + by +
                                   ", param: p, start: " + (by == "number" ? "1" : "0") +
                                   ", size: 3}\n";
        const Reading before = read(options(server), paging, "", 2);
        ASSERT_EQ(before.numbers, numbers(1, 10));
        gone = 3;

        // Behind row 4, the first of the second page, and behind the end of that page.
        for (const std::size_t block : {1U, 2U}) {
            EXPECT_EQ(read(options(server), paging, before.positions[block]).numbers,
                      numbers(4, 10));
        }
    }
}

TEST_F(HttpPaging, AResultThatShrankBelowThePageIsReadFromItsBeginning) {
    std::atomic<bool> shrunk = false;
    const HttpsServer server([&](const HttpRequest& request) {
        const int at = std::stoi(parameter(request, "p"));
        if (shrunk) {
            return HttpResponse{200, at == 1 ? page(5, 2) : page(0, 0)};
        }
        return HttpResponse{200, page((at - 1) * 3 + 1, at < 4 ? 3 : 0)};
    });
    const std::string paging = "paging: {by: number, param: p, start: 1, size: 3}\n";
    const Reading before = read(options(server), paging, "", 2);
    shrunk = true;

    EXPECT_EQ(read(options(server), paging, before.positions[2]).numbers, numbers(5, 6));
}

TEST_F(HttpPaging, ACursorThatHasExpiredBeginsTheWindowAnew) {
    for (const int refusal : {400, 404, 410}) {
        std::atomic<bool> expired = false;
        const HttpsServer server([&](const HttpRequest& request) {
            const std::string at = parameter(request, "after");
            if (at == "old" && expired) {
                return HttpResponse{refusal, "{}"};
            }
            if (!at.empty()) {
                return HttpResponse{200, page(4, 3)};
            }
            return HttpResponse{200,
                                page(1, 3, expired ? ",\"next\":\"new\"" : ",\"next\":\"old\"")};
        });
        const std::string paging = "paging: {by: cursor, param: after, cursor_at: /next}\n";
        const Reading before = read(options(server), paging, "", 2);
        expired = true;

        EXPECT_EQ(read(options(server), paging, before.positions[2]).numbers, numbers(1, 6))
            << refusal;
    }
}

TEST_F(HttpPaging, APageThatIsRefusedInMidReadingIsAnError) {
    const HttpsServer server([&](const HttpRequest& request) {
        return parameter(request, "after").empty()
                   ? HttpResponse{200, page(1, 3, ",\"next\":\"a\"")}
                   : HttpResponse{410, "{}"};
    });

    EXPECT_EQ(
        error_of(options(server), "paging: {by: cursor, param: after, cursor_at: /next}\n").code(),
        "HTTP 410");
}

TEST_F(HttpPaging, APositionOfAnotherConnectorIsRefused) {
    const HttpsServer server([](const HttpRequest&) { return HttpResponse{200, page(1, 3)}; });

    EXPECT_THROW(read(options(server), "", "p1|x"), base::ConnectorError);
    EXPECT_THROW(read(options(server), "", "12|34"), base::ConnectorError);
}

TEST_F(HttpPaging, TheWindowStandsInTheQueryInTheFormThatTheMappingNames) {
    std::string target;
    const HttpsServer server([&](const HttpRequest& request) {
        target = request.target;
        return HttpResponse{200, page(1, 1)};
    });
    window_ =
        connectors::Window{"changed",
                           test::ManualClock::default_start(),
                           test::ManualClock::default_start() + std::chrono::milliseconds(1500)};
    const std::string query = "query: {from: '{window_from}', to: '{window_to}'}\n";

    read(options(server), query);
    EXPECT_EQ(target, "/rows?from=2024-05-06%2008%3A00%3A00&to=2024-05-06%2008%3A00%3A01.500000");
    read(options(server), query + "window_format: rfc3339\n");
    EXPECT_EQ(target, "/rows?from=2024-05-06T00%3A00%3A00Z&to=2024-05-06T00%3A00%3A01.500000Z");
    read(options(server), query + "window_format: unix_ms\n");
    EXPECT_EQ(target, "/rows?from=1714953600000&to=1714953601500");
    zone_ = "Europe/Berlin";
    window_->from = *base::parse_timestamp("2024-10-27 00:30:00Z");
    window_->to = *base::parse_timestamp("2024-10-27 01:30:00Z");
    read(options(server), query);
    EXPECT_EQ(target, "/rows?from=2024-10-27%2001%3A59%3A59&to=2024-10-27%2003%3A00%3A00");
    window_->to = test::ManualClock::default_start() + std::chrono::milliseconds(1500);
    window_->from.reset();
    read(options(server), query + "window_format: unix\n");
    EXPECT_EQ(target, "/rows?to=1714953601");
}

}  // namespace
}  // namespace hrbridge::http
