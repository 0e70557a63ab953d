#include "daemon/web/server.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "tests/daemon/web/support/raw_client.h"
#include "tests/support/https_server.h"
#include "tests/support/memory_log.h"
#include "tests/support/process.h"
#include "tests/support/raw_http.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::web {
namespace {

struct Answer {
    int status = 0;
    std::string body;
    Poco::Net::HTTPResponse head;
};

// A server that says what it was asked.
class ServerTest : public testing::Test {
  protected:
    static ServerOptions options() {
        ServerOptions out;
        out.max_body = 1000;
        return out;
    }
    Response echo(const Request& request) {
        ++handled_;
        if (request.path == "/throw") {
            throw std::runtime_error("as asked");
        }
        Response response = plain_text(200, request.method + " " + request.path);
        for (const auto& [name, value] : request.form) {
            response.body += " " + name + "=" + value;
        }
        return response;
    }
    static Answer ask(Poco::Net::HTTPClientSession& session,
                      const std::string& method,
                      const std::string& uri,
                      const std::string& body = {},
                      const std::string& type = "application/x-www-form-urlencoded") {
        Poco::Net::HTTPRequest request(method, uri, Poco::Net::HTTPMessage::HTTP_1_1);
        if (!body.empty()) {
            request.setContentType(type);
            request.setContentLength(static_cast<std::streamsize>(body.size()));
        }
        session.sendRequest(request) << body;
        Answer answer;
        Poco::StreamCopier::copyToString(session.receiveResponse(answer.head), answer.body);
        answer.status = answer.head.getStatus();
        return answer;
    }
    Answer ask(const std::string& method, const std::string& uri, const std::string& body = {}) {
        Poco::Net::HTTPClientSession session("127.0.0.1",
                                             static_cast<Poco::UInt16>(server_.port()));
        return ask(session, method, uri, body);
    }

    test::MemoryLog log_;
    std::atomic<int> handled_ = 0;
    Server server_{options(), [this](const Request& request) { return echo(request); }, log_};
};

TEST_F(ServerTest, ForbidsScriptsFromElsewhereFramesSniffingAndCaching) {
    const Answer answer = ask("GET", "/page");
    const std::string policy = answer.head.get("Content-Security-Policy");

    EXPECT_EQ(answer.status, 200);
    for (const char* rule : {"default-src 'none'",
                             "frame-ancestors 'none'",
                             "form-action 'self'",
                             "base-uri 'none'"}) {
        EXPECT_NE(policy.find(rule), std::string::npos) << policy;
    }
    EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
    EXPECT_EQ(answer.head.get("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.head.get("X-Frame-Options"), "DENY");
    EXPECT_EQ(answer.head.get("Cache-Control"), "no-store");
    EXPECT_EQ(answer.head.get("Referrer-Policy"), "same-origin");
}

TEST_F(ServerTest, PutsTheSameHeadersOnRefusals) {
    const Answer answer = ask("GET", "/a%2f..");

    EXPECT_EQ(answer.status, 404);
    EXPECT_TRUE(answer.head.has("Content-Security-Policy"));
}

TEST_F(ServerTest, ReadsAFormAndAQuery) {
    EXPECT_EQ(ask("POST", "/form", "a=1&b=%E4%BD%A0").body, "POST /form a=1 b=你");
}

TEST_F(ServerTest, TakesNoBodyBeyondItsLimit) {
    EXPECT_EQ(ask("POST", "/form", "a=" + std::string(998, 'x')).status, 200);
    EXPECT_EQ(ask("POST", "/form", "a=" + std::string(999, 'x')).status, 413);
}

TEST_F(ServerTest, TakesNoBodyBeyondItsLimitInPiecesEither) {
    Poco::Net::HTTPClientSession session("127.0.0.1", static_cast<Poco::UInt16>(server_.port()));
    Poco::Net::HTTPRequest request("POST", "/form", Poco::Net::HTTPMessage::HTTP_1_1);
    request.setChunkedTransferEncoding(true);
    session.sendRequest(request) << std::string(5000, 'x');
    Poco::Net::HTTPResponse head;
    session.receiveResponse(head);

    EXPECT_EQ(head.getStatus(), 413);
}

TEST_F(ServerTest, RefusesRequestsThatCannotBeRead) {
    EXPECT_EQ(ask("GET", "/page?a=%zz").status, 400);
    EXPECT_EQ(ask("POST", "/page", "a=%ff").status, 400);
    EXPECT_EQ(ask("GET", "/../etc").status, 404);
    EXPECT_EQ(ask("GET", "/" + std::string(5000, 'a')).status, 414);
}

TEST_F(ServerTest, RefusesARequestWhoseBodyHasNoEnd) {
    for (const auto& [fields, status] :
         {std::pair{"", 411},
          std::pair{"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 400},
          std::pair{"Content-Length: 4\r\nContent-Length: 5\r\n", 400},
          std::pair{"Content-Length: four\r\n", 400}}) {
        test::RawClient client(server_.port());
        client.send(std::string("POST /form HTTP/1.1\r\nHost: h\r\n") + fields + "\r\na=1&");

        EXPECT_EQ(client.status(), status) << fields;
        EXPECT_TRUE(client.sees_the_end()) << fields;
    }
}

TEST_F(ServerTest, DoesNotHandleAFormThatWasCutShort) {
    test::RawClient client(server_.port());
    client.send("POST /form HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\na=1&b");
    client.end_sending();

    EXPECT_TRUE(client.sees_the_end());
    EXPECT_EQ(handled_, 0);
}

TEST_F(ServerTest, AnswersRequestsThatCameTogetherInTheirOrder) {
    test::RawClient client(server_.port());
    client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n");

    EXPECT_NE(client.answer().find("GET /a"), std::string::npos);
    EXPECT_NE(client.answer().find("GET /b"), std::string::npos);
}

TEST_F(ServerTest, AsksForABodyThatWaitsForIt) {
    const std::string head =
        "POST /form HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ";
    test::RawClient welcome(server_.port());
    welcome.send(head + "4\r\n\r\n");
    EXPECT_EQ(welcome.status(), 100);
    welcome.send("body");
    EXPECT_EQ(welcome.status(), 200);

    test::RawClient refused(server_.port());
    refused.send(head + "4000\r\n\r\n");
    EXPECT_EQ(refused.status(), 413);
}

TEST_F(ServerTest, SurvivesAHandlerThatThrows) {
    EXPECT_EQ(ask("GET", "/throw").status, 500);
    EXPECT_EQ(ask("GET", "/page").status, 200);
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
    Poco::Net::HTTPClientSession session("127.0.0.1", static_cast<Poco::UInt16>(server_.port()));
    session.setKeepAlive(true);
    const Answer head = ask(session, "HEAD", "/page");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(ask(session, "GET", "/next").body, "GET /next");
}

TEST(ServerAddress, OthersCanReachNeedsTls) {
    test::MemoryLog log;
    ServerOptions options;
    options.host = "0.0.0.0";
    const auto nothing = [](const Request&) { return Response(); };
    try {
        const Server server(options, nothing, log);
        FAIL() << "it listens";
    } catch (const base::SystemError& error) {
        EXPECT_NE(std::string(error.what()).find("web.certificate"), std::string::npos);
    }
}

// Takes a port as soon as it is free, and gives it back after a moment.
class Intruder {
  public:
    explicit Intruder(int port)
        : thread_([this, port](const std::stop_token& stop) {
              while (!stop.stop_requested() && !take(port)) {
              }
          }) {}
    bool came() const { return came_; }

  private:
    bool take(int port) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int on = 1;
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        const bool taken =
            ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
            ::listen(fd, 1) == 0;
        if (taken) {
            came_ = true;
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
        }
        ::close(fd);
        return taken;
    }

    std::atomic<bool> came_ = false;
    std::jthread thread_;
};

TEST(ServerAddress, IsTakenBackWhenAnotherProgramHadItForAMoment) {
    test::MemoryLog log;
    ServerOptions options;
    options.port = test::free_port();
    Server server(
        options, [](const Request&) { return plain_text(200, "here"); }, log);
    const Intruder intruder(options.port);
    for (int i = 0; i < 1'000 && !intruder.came(); ++i) {
        server.listen_again(options);
    }

    ASSERT_TRUE(intruder.came());
    EXPECT_TRUE(server.listening());
    EXPECT_EQ(test::http_call(options.port, {}).body, "here");
}

TEST(ServerAddress, StaysWhenTheNewOptionsCannotBeUsed) {
    test::MemoryLog log;
    ServerOptions options;
    options.port = test::free_port();
    Server server(
        options, [](const Request&) { return plain_text(200, "here"); }, log);
    ServerOptions wrong = options;
    wrong.certificate = "nowhere.pem";
    wrong.key = "nowhere.pem";

    EXPECT_THROW(server.listen_again(wrong), base::SystemError);

    EXPECT_EQ(test::http_call(options.port, {}).body, "here");
}

TEST(ServerAnswer, CanBeNoneAtAll) {
    test::MemoryLog log;
    const Server server(
        {}, [](const Request&) { return no_answer(); }, log);

    const auto answer = test::http_call(server.port(), {"POST", "/", {}, "x"});

    EXPECT_EQ(answer.status, 0);
    EXPECT_EQ(answer.head, "");
}

TEST(ServerTls, ServesPagesByItsCertificateAndNoOldProtocol) {
    const test::TempDir folder;
    test::make_certificates(folder.path().string());
    test::MemoryLog log;
    ServerOptions options;
    options.host = "0.0.0.0";
    options.certificate = folder.file("server.pem");
    options.key = folder.file("server.key");
    const Server server(
        options, [](const Request&) { return plain_text(200, "secret"); }, log);
    const auto ask = [&](bool old_protocol) {
        Poco::Net::Context::Ptr context(new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE,
                                                               "",
                                                               "",
                                                               folder.file("ca.pem"),
                                                               Poco::Net::Context::VERIFY_STRICT));
        if (old_protocol) {
            context->disableProtocols(Poco::Net::Context::PROTO_TLSV1_2 |
                                      Poco::Net::Context::PROTO_TLSV1_3);
        }
        Poco::Net::HTTPSClientSession session(
            "127.0.0.1", static_cast<Poco::UInt16>(server.port()), context);
        Poco::Net::HTTPRequest request("GET", "/", Poco::Net::HTTPMessage::HTTP_1_1);
        session.sendRequest(request);
        Poco::Net::HTTPResponse head;
        std::string body;
        Poco::StreamCopier::copyToString(session.receiveResponse(head), body);
        return body;
    };

    EXPECT_EQ(ask(false), "secret");
    EXPECT_THROW(ask(true), Poco::Exception);
}

TEST(ServerTls, WithoutItsFilesDoesNotStart) {
    test::MemoryLog log;
    ServerOptions options;
    options.certificate = "/nowhere/server.pem";
    options.key = "/nowhere/server.key";

    EXPECT_THROW(Server(
                     options, [](const Request&) { return Response(); }, log),
                 base::SystemError);
}

}  // namespace
}  // namespace hrbridge::web
