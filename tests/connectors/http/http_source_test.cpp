#include <atomic>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connectors/http/connector.h"
#include "tests/support/https_server.h"
#include "tests/support/manual_clock.h"

namespace hrbridge::http {
namespace {

using test::HttpRequest;
using test::HttpResponse;
using test::HttpsServer;

std::string page(int first, int count, const std::string& next = {}) {
    std::string rows;
    for (int i = first; i < first + count; ++i) {
        rows +=
            std::string(rows.empty() ? "" : ",") + "{\"no\":" + std::to_string(i) + ",\"v\":0.1}";
    }
    return "{\"rows\":[" + rows + "]" + (next.empty() ? "" : ",\"next\":\"" + next + "\"") + "}";
}

std::string parameter(const HttpRequest& request, const std::string& name) {
    const std::size_t at = request.target.find(name + "=");
    return at == std::string::npos
               ? ""
               : request.target.substr(at + name.size() + 1,
                                       request.target.find('&', at) - at - name.size() - 1);
}

class HttpSourceTest : public testing::Test {
  protected:
    Options options(const HttpsServer& server) const {
        Options out;
        out.base_url = server.base_url();
        out.ca_file = server.ca_file();
        return out;
    }

    std::vector<std::string> read(Options settings,
                                  const std::string& paging,
                                  const std::string& after = {},
                                  std::size_t block_rows = 100,
                                  std::vector<std::string>* positions = nullptr) {
        HttpConnector connector("att", std::move(settings), clock_);
        const auto dataset = base::parse_yaml(
            "conn: att\npath: /rows\nrows: /rows\nkey: [no]\ncolumns: {no: int, v: decimal, gone: "
            "text}\n" +
                paging,
            "m.yaml");
        EXPECT_TRUE(connector.validate(dataset.value()).empty());
        connectors::ReadRequest request;
        request.dataset = &dataset.value();
        request.after = after;
        request.block_rows = block_rows;
        const auto source = connector.open(request);
        std::vector<std::string> numbers;
        base::RawBlock block;
        while (source->read(block, {})) {
            for (std::size_t i = 0; i < block.rows; ++i) {
                numbers.emplace_back(block.columns[0].cell(i));
                values_.emplace_back(block.columns[1].cell(i));
                absent_ = absent_ || block.columns[2].is_absent(i);
            }
            if (positions != nullptr) {
                positions->push_back(block.position);
            }
        }
        return numbers;
    }

    test::ManualClock clock_;
    std::vector<std::string> values_;
    bool absent_ = false;
};

const std::vector<std::string> kFive{"1", "2", "3", "4", "5"};

TEST_F(HttpSourceTest, ReadsPagesByNumber) {
    const HttpsServer server([](const HttpRequest& request) {
        const std::string number = parameter(request, "page");
        return HttpResponse{200,
                            number == "1"   ? page(1, 2)
                            : number == "2" ? page(3, 2)
                                            : page(5, 1)};
    });

    EXPECT_EQ(read(options(server), "paging: {by: number, param: page, size: 2}\n"), kFive);
}

TEST_F(HttpSourceTest, ReadsPagesByOffset) {
    const HttpsServer server([](const HttpRequest& request) {
        const int offset = std::stoi(parameter(request, "from"));
        return HttpResponse{200, page(offset + 1, std::min(2, 5 - offset))};
    });

    EXPECT_EQ(read(options(server), "paging: {by: offset, param: from, size: 2}\n"), kFive);
}

TEST_F(HttpSourceTest, ReadsPagesByCursorAndGoesOnBehindEveryBlock) {
    const HttpsServer server([](const HttpRequest& request) {
        const std::string cursor = parameter(request, "cursor");
        return HttpResponse{200, cursor.empty() ? page(1, 3, "abc") : page(4, 2)};
    });
    const std::string paging = "paging: {by: cursor, param: cursor, cursor_at: /next}\n";
    std::vector<std::string> positions;
    EXPECT_EQ(read(options(server), paging, "", 1, &positions), kFive);

    ASSERT_EQ(positions.size(), 5U);
    for (std::size_t i = 0; i < positions.size(); ++i) {
        const std::vector<std::string> rest(kFive.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                            kFive.end());
        EXPECT_EQ(read(options(server), paging, positions[i]), rest) << positions[i];
    }
}

TEST_F(HttpSourceTest, FollowsTheLinkHeaderOnTheSameServerOnly) {
    const HttpsServer server([](const HttpRequest& request) {
        HttpResponse response{
            200, request.target.find("p2") == std::string::npos ? page(1, 3) : page(4, 2)};
        if (request.target.find("p2") == std::string::npos) {
            response.headers["Link"] = "<?p2>; rel=\"next\"";
        }
        return response;
    });
    const HttpsServer leads_away([](const HttpRequest&) {
        HttpResponse response{200, page(1, 3)};
        response.headers["Link"] = "<https://127.0.0.2/rows>; rel=\"next\"";
        return response;
    });

    EXPECT_EQ(read(options(server), "paging: {by: link}\n"), kFive);
    EXPECT_THROW(read(options(leads_away), "paging: {by: link}\n"), base::ConnectorError);
}

TEST_F(HttpSourceTest, ARepeatedCursorIsAnErrorInsteadOfAnEndlessLoop) {
    const HttpsServer server([](const HttpRequest&) {
        return HttpResponse{200, page(1, 1, "same")};
    });

    EXPECT_THROW(read(options(server), "paging: {by: cursor, param: cursor, cursor_at: /next}\n"),
                 base::ConnectorError);
}

TEST_F(HttpSourceTest, NumbersStayAsTheServerWroteThem) {
    const HttpsServer server([](const HttpRequest&) {
        return HttpResponse{200,
                            "{\"rows\":[{\"no\":1,\"v\":0.1},{\"no\":2,\"v\":"
                            "12345678901234567890123.45},{\"no\":3,\"v\":1e400}]}"};
    });
    read(options(server), "");

    EXPECT_EQ(values_, (std::vector<std::string>{"0.1", "12345678901234567890123.45", "1e400"}));
    EXPECT_TRUE(absent_);
}

TEST_F(HttpSourceTest, AnUnknownAuthorityIsRefused) {
    const HttpsServer server([](const HttpRequest&) { return HttpResponse{200, page(1, 1)}; });
    Options settings = options(server);
    settings.ca_file.clear();
    settings.max_retries = 0;

    EXPECT_THROW(read(settings, ""), base::ConnectorError);
}

TEST_F(HttpSourceTest, WaitsAsLongAsTheServerAsks) {
    std::atomic<int> calls = 0;
    const HttpsServer server([&](const HttpRequest&) {
        HttpResponse response{200, page(1, 5)};
        if (calls++ == 0) {
            response.status = 429;
            response.headers["Retry-After"] = "7";
        }
        return response;
    });
    read(options(server), "");

    ASSERT_FALSE(clock_.sleeps().empty());
    EXPECT_GE(clock_.sleeps().front(), std::chrono::seconds(7));
}

TEST_F(HttpSourceTest, ARefusedLoginStopsAndSaysWhatToCheck) {
    const HttpsServer server([](const HttpRequest&) { return HttpResponse{401, "no"}; });
    try {
        read(options(server), "");
        FAIL() << "no error";
    } catch (const base::ConnectorError& error) {
        EXPECT_EQ(error.remedy(), base::Remedy::Stop);
        EXPECT_EQ(error.code(), "HTTP 401");
        EXPECT_NE(std::string(error.what()).find("auth"), std::string::npos);
    }
}

TEST_F(HttpSourceTest, AnOversizedAnswerIsCutOff) {
    const HttpsServer server([](const HttpRequest&) {
        return HttpResponse{200, std::string(200'000, ' ')};
    });
    Options settings = options(server);
    settings.max_response_bytes = 100'000;
    settings.max_retries = 0;

    EXPECT_THROW(read(settings, ""), base::ConnectorError);
}

TEST_F(HttpSourceTest, ATruncatedAnswerIsNeverTakenForAWholeOne) {
    const HttpsServer server([](const HttpRequest&) {
        HttpResponse response{200, page(1, 50)};
        response.truncate_at = 40;
        return response;
    });
    Options settings = options(server);
    settings.max_retries = 1;

    EXPECT_THROW(read(settings, ""), base::ConnectorError);
}

TEST_F(HttpSourceTest, DuplicateMembersAreAnError) {
    const HttpsServer server([](const HttpRequest&) {
        return HttpResponse{200, "{\"rows\":[{\"no\":1,\"no\":2}]}"};
    });

    EXPECT_THROW(read(options(server), ""), base::ConnectorError);
}

TEST_F(HttpSourceTest, AnUnchangedBodyDoesNotTravelAgain) {
    std::atomic<int> unchanged = 0;
    const HttpsServer server([&](const HttpRequest& request) {
        HttpResponse response{200, page(1, 5)};
        response.headers["ETag"] = "\"v1\"";
        if (request.headers.count("if-none-match") > 0) {
            ++unchanged;
            response.status = 304;
            response.body.clear();
        }
        return response;
    });
    HttpConnector connector("att", options(server), clock_);
    const auto dataset = base::parse_yaml(
        "conn: att\npath: /rows\nrows: /rows\nkey: [no]\ncolumns: {no: int}\n", "m.yaml");
    connectors::ReadRequest request;
    request.dataset = &dataset.value();
    base::RawBlock block;
    for (int i = 0; i < 2; ++i) {
        const auto source = connector.open(request);
        ASSERT_TRUE(source->read(block, {}));
        EXPECT_EQ(block.rows, 5U);
    }

    EXPECT_EQ(unchanged, 1);
}

TEST_F(HttpSourceTest, OAuthFetchesOneTokenAndANewOneWhenItIsRefused) {
    std::atomic<int> tokens = 0;
    const HttpsServer server([&](const HttpRequest& request) {
        if (request.target == "/token") {
            return HttpResponse{
                200,
                "{\"access_token\":\"t" + std::to_string(++tokens) + "\",\"expires_in\":3600}"};
        }
        const bool good = request.headers.at("authorization") == "Bearer t2";
        return HttpResponse{good ? 200 : 401, page(1, 5)};
    });
    Options settings = options(server);
    OAuthAuth oauth;
    oauth.token_url = server.base_url() + "/token";
    oauth.client_id = "id";
    oauth.client_secret = base::Secret("secret");
    settings.auth = oauth;

    EXPECT_EQ(read(settings, ""), kFive);
    EXPECT_EQ(tokens, 2);
}

}  // namespace
}  // namespace hrbridge::http
