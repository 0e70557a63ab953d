#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/web/server.h"
#include "tests/daemon/web/support/raw_client.h"
#include "tests/support/https_server.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::web {
namespace {

using namespace std::chrono_literals;
using test::RawClient;

const std::string kGet = "GET /page HTTP/1.1\r\nHost: here\r\n\r\n";

// Each way of serving that is tested: with TLS and without.
class ServerConnections : public testing::TestWithParam<bool> {
  protected:
    // Nothing ends by a time-out unless a test sets one.
    ServerOptions options() const {
        ServerOptions out;
        out.max_body = 1000;
        out.threads = 3;
        out.grace_time = 100ms;
        out.idle_time = out.request_time = out.answer_time = 1h;
        if (GetParam()) {
            out.certificate = folder_.file("server.pem");
            out.key = folder_.file("server.key");
        }
        return out;
    }
    void SetUp() override {
        if (GetParam()) {
            test::make_certificates(folder_.path().string());
        }
    }
    void serve(const ServerOptions& options) {
        server_ = std::make_unique<Server>(
            options, [this](const Request& request) { return handle(request); }, log_);
    }
    std::unique_ptr<RawClient> connect() const {
        return GetParam() ? std::make_unique<RawClient>(server_->port(), folder_.file("ca.pem"))
                          : std::make_unique<RawClient>(server_->port());
    }
    Response handle(const Request& request) {
        if (request.path == "/held") {
            ++held_;
            held_.notify_all();
            released_.wait();
        }
        ++answered_;
        return plain_text(200, request.path == "/long" ? std::string(64U << 20U, 'x') : "here");
    }
    // Waits until so many requests are under work.
    void wait_for_held(int count) {
        for (int now = held_; now < count; now = held_) {
            held_.wait(now);
        }
    }
    void release() { release_.set_value(); }

    test::TempDir folder_;
    test::MemoryLog log_;
    std::promise<void> release_;
    std::shared_future<void> released_{release_.get_future()};
    std::atomic<int> held_ = 0;
    std::atomic<int> answered_ = 0;
    std::unique_ptr<Server> server_;
};

INSTANTIATE_TEST_SUITE_P(Plain, ServerConnections, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Tls, ServerConnections, testing::Values(true));

TEST_P(ServerConnections, TheLongestIdleOneMakesRoomForANewOne) {
    serve(options());
    std::vector<std::unique_ptr<RawClient>> idle;
    for (std::size_t i = 0; i < options().threads; ++i) {
        idle.push_back(connect());
        ASSERT_TRUE(idle.back()->send(kGet));
        ASSERT_EQ(idle.back()->status(), 200);
    }
    const auto fresh = connect();
    ASSERT_TRUE(fresh->send(kGet));

    EXPECT_EQ(fresh->status(), 200);
    EXPECT_TRUE(idle.front()->sees_the_end());
    for (std::size_t i = 1; i < idle.size(); ++i) {
        EXPECT_TRUE(idle[i]->send(kGet));
        EXPECT_EQ(idle[i]->status(), 200) << i;
    }
}

TEST_P(ServerConnections, ThatSendTheirHeaderForAgesMakeRoomForANewOne) {
    serve(options());
    std::vector<std::unique_ptr<RawClient>> slow;
    for (std::size_t i = 0; i < options().threads; ++i) {
        slow.push_back(connect());
        ASSERT_TRUE(slow.back()->send("GET /page HTTP/1.1\r\nHo"));
    }
    const auto fresh = connect();
    ASSERT_TRUE(fresh->send(kGet));

    EXPECT_EQ(fresh->status(), 200);
}

TEST_P(ServerConnections, ThatSendTheirBodyForAgesMakeRoomForANewOne) {
    ServerOptions hasty = options();
    hasty.slow_time = 100ms;
    serve(hasty);
    std::vector<std::unique_ptr<RawClient>> slow;
    for (std::size_t i = 0; i < options().threads; ++i) {
        slow.push_back(connect());
        ASSERT_TRUE(
            slow.back()->send("POST /page HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nab"));
    }
    const auto fresh = connect();
    ASSERT_TRUE(fresh->send(kGet));

    EXPECT_EQ(fresh->status(), 200);
    EXPECT_EQ(answered_, 1);
}

TEST_P(ServerConnections, ThatDoNotTakeTheirAnswerMakeRoomForANewOne) {
    ServerOptions hasty = options();
    hasty.slow_time = 100ms;
    hasty.threads = 1;
    serve(hasty);
    const auto deaf = connect();
    ASSERT_TRUE(deaf->send("GET /long HTTP/1.1\r\nHost: here\r\n\r\n"));
    while (answered_ == 0) {
        std::this_thread::yield();
    }
    const auto fresh = connect();
    ASSERT_TRUE(fresh->send(kGet));

    EXPECT_EQ(fresh->status(), 200);
}

TEST_P(ServerConnections, WithoutARequestMakeRoomBeforeThoseThatAreSlow) {
    ServerOptions hasty = options();
    hasty.slow_time = 100ms;
    hasty.threads = 2;
    serve(hasty);
    const auto slow = connect();
    ASSERT_TRUE(slow->send("POST /page HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nab"));
    const auto idle = connect();
    ASSERT_TRUE(idle->send(kGet));
    ASSERT_EQ(idle->status(), 200);
    std::this_thread::sleep_for(300ms);  // until both may be ended
    const auto fresh = connect();
    ASSERT_TRUE(fresh->send(kGet));
    ASSERT_EQ(fresh->status(), 200);

    EXPECT_TRUE(slow->send("cd"));
    EXPECT_EQ(slow->status(), 200);
    EXPECT_TRUE(idle->sees_the_end());
}

TEST_P(ServerConnections, OfRequestsUnderWorkAreNotEndedForANewOne) {
    ServerOptions few = options();
    few.threads = 2;
    serve(few);
    const auto first = connect();
    const auto second = connect();
    ASSERT_TRUE(first->send("GET /held HTTP/1.1\r\nHost: here\r\n\r\n"));
    ASSERT_TRUE(second->send("POST /page HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nab"));
    wait_for_held(1);
    auto fresh = std::async(std::launch::async, [&] {
        const auto client = connect();
        client->send(kGet);
        return client->status();
    });
    std::this_thread::sleep_for(600ms);  // in which it would be ended if that could be
    EXPECT_TRUE(second->send("cd"));

    EXPECT_EQ(second->status(), 200);
    EXPECT_EQ(fresh.get(), 200);
    release();
    EXPECT_EQ(first->status(), 200);
}

TEST_P(ServerConnections, BeyondTheThreadsAreAllServedInTheEnd) {
    ServerOptions patient = options();
    patient.grace_time = 1h;
    serve(patient);
    std::vector<std::future<int>> statuses;
    for (int i = 0; i < 24; ++i) {
        statuses.push_back(std::async(std::launch::async, [&] {
            const auto client = connect();
            client->send(kGet);
            return client->status();
        }));
    }

    for (std::future<int>& status : statuses) {
        EXPECT_EQ(status.get(), 200);
    }
}

// One byte after another, never silent for long; whether the server ends that.
bool is_ended_while_dribbling(RawClient& client, const std::string& text) {
    client.send(text);
    for (int i = 0; i < 3'000; ++i) {
        if (client.has_ended() || !client.send("x")) {
            return true;
        }
        std::this_thread::sleep_for(20ms);
    }
    return false;
}

TEST_P(ServerConnections, ThatDribbleAHeaderAreEnded) {
    ServerOptions hasty = options();
    hasty.request_time = 300ms;
    serve(hasty);

    EXPECT_TRUE(is_ended_while_dribbling(*connect(), "GET /page HTTP/1.1\r\nX: "));
    EXPECT_EQ(answered_, 0);
}

TEST_P(ServerConnections, ThatDribbleABodyAreEnded) {
    ServerOptions hasty = options();
    hasty.request_time = 300ms;
    hasty.max_body = 1'000'000;
    serve(hasty);

    EXPECT_TRUE(is_ended_while_dribbling(
        *connect(), "POST /page HTTP/1.1\r\nHost: here\r\nContent-Length: 900000\r\n\r\n"));
    EXPECT_EQ(answered_, 0);
}

TEST_P(ServerConnections, ThatSayNothingAreEnded) {
    ServerOptions hasty = options();
    hasty.idle_time = 300ms;
    serve(hasty);
    const auto silent = connect();
    const auto answered = connect();
    ASSERT_TRUE(answered->send(kGet));
    ASSERT_EQ(answered->status(), 200);

    EXPECT_TRUE(silent->sees_the_end());
    EXPECT_TRUE(answered->sees_the_end());
}

TEST_P(ServerConnections, ThatDoNotReadTheirAnswerAreEnded) {
    ServerOptions hasty = options();
    hasty.answer_time = 300ms;
    hasty.threads = 1;
    serve(hasty);
    const auto deaf = connect();
    ASSERT_TRUE(deaf->send("GET /long HTTP/1.1\r\nHost: here\r\n\r\n"));
    while (answered_ == 0) {
        std::this_thread::yield();
    }
    const auto fresh = connect();
    ASSERT_TRUE(fresh->send(kGet));

    EXPECT_EQ(fresh->status(), 200);
}

TEST_P(ServerConnections, TellTheirClientOfARefusalWhileItStillSends) {
    serve(options());
    const auto client = connect();
    ASSERT_TRUE(
        client->send("POST /page HTTP/1.1\r\nHost: here\r\nContent-Length: 4000000\r\n\r\n"));
    EXPECT_TRUE(client->send(std::string(4'000'000, 'x')));

    EXPECT_EQ(client->status(), 413);
    EXPECT_TRUE(client->sees_the_end());
}

TEST_P(ServerConnections, AreEndedWhenAClientSendsOnAndOnAfterARefusal) {
    serve(options());
    const auto client = connect();
    client->send("POST /page HTTP/1.1\r\nHost: here\r\nContent-Length: 400000000\r\n\r\n");
    const std::string piece(1'000'000, 'x');
    int sent = 0;
    while (sent < 400 && client->send(piece)) {
        ++sent;
    }

    EXPECT_LT(sent, 400);
}

TEST_P(ServerConnections, AllEndWithTheServer) {
    ServerOptions few = options();
    few.threads = 2;
    serve(few);
    const auto held = connect();
    ASSERT_TRUE(held->send("GET /held HTTP/1.1\r\nHost: here\r\n\r\n"));
    const auto also_held = connect();
    ASSERT_TRUE(also_held->send("GET /held HTTP/1.1\r\nHost: here\r\n\r\n"));
    wait_for_held(2);
    RawClient unserved(server_->port());
    std::thread ending([&] { server_.reset(); });

    EXPECT_TRUE(unserved.sees_the_end());
    EXPECT_TRUE(held->sees_the_end());
    EXPECT_EQ(answered_, 0);
    release();
    ending.join();
    EXPECT_EQ(answered_, 2) << "a handler was at work behind its server's end";
}

TEST_P(ServerConnections, EndInTheMidstOfWhatTheyDoWhenItListensAgain) {
    serve(options());
    std::atomic<bool> over = false;
    std::atomic<int> served = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back([&, port = server_->port()] {
            while (!over) {
                try {
                    const auto client =
                        GetParam() ? std::make_unique<RawClient>(port, folder_.file("ca.pem"))
                                   : std::make_unique<RawClient>(port);
                    while (client->send(kGet) && client->status() == 200) {
                        ++served;
                    }
                } catch (const Poco::Exception&) {
                    std::this_thread::yield();  // nobody listens at this moment
                }
            }
        });
    }
    ServerOptions same = options();
    same.port = server_->port();
    for (int i = 0; i < 20; ++i) {
        const int before = served;
        while (served < before + 5) {
            std::this_thread::sleep_for(1ms);
        }
        server_->listen_again(same);
    }
    over = true;
    server_.reset();
    for (std::thread& client : clients) {
        client.join();
    }

    EXPECT_GE(answered_, served);
}

TEST(ServerTls, IsNotWaitedForForEver) {
    const test::TempDir folder;
    test::make_certificates(folder.path().string());
    test::MemoryLog log;
    ServerOptions options;
    options.certificate = folder.file("server.pem");
    options.key = folder.file("server.key");
    options.idle_time = 300ms;
    const Server server(
        options, [](const Request&) { return Response(); }, log);
    RawClient client(server.port());

    // The beginning of a handshake of 16 KiB
    EXPECT_TRUE(
        is_ended_while_dribbling(client, std::string("\x16\x03\x01\x3f\xff\x01\x00\x3f\xfb", 9)));
}

}  // namespace
}  // namespace hrbridge::web
