#include "daemon/app/control.h"

#include <array>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace hrbridge::app {
namespace {

class Lines final : public Output {
  public:
    void line(std::string_view text) override { lines.emplace_back(text); }
    void error(std::string_view text) override { errors.emplace_back(text); }
    void progress(std::string_view) override {}
    void bytes(std::string_view chunk) override { file += chunk; }
    std::string file;
    std::vector<std::string> lines;
    std::vector<std::string> errors;
};

CommandLine command(const std::string& name) {
    CommandLine line;
    line.command = name;
    return line;
}

TEST(ControlSocket, BringsAFileOfAnyBytesInPieces) {
    const test::TempDir folder;
    test::MemoryLog log;
    std::string all;
    for (int i = 0; i < 600'000; ++i) {
        all += static_cast<char>(i * 7 % 256);
    }
    const ControlServer server(
        folder.file("s"),
        [&](const CommandLine&, const ControlCall&, Output& output) {
            output.bytes(all.substr(0, 200'000));
            output.bytes(all.substr(200'000, 400'000));
            return Exit::Done;
        },
        log);
    Lines output;

    EXPECT_EQ(call_daemon(folder.file("s"), command("status"), "", output), Exit::Done);
    EXPECT_EQ(output.file, all);
}

TEST(ControlSocket, RunsACommandInTheDaemonAndGivesItsOutputAndExitCode) {
    const test::TempDir folder;
    test::MemoryLog log;
    std::string seen_actor;
    const ControlServer server(
        folder.file("s"),
        [&](const CommandLine& line, const ControlCall& call, Output& output) {
            seen_actor = call.actor;
            output.line(line.command + " " + line.arguments.at(0) + " " + call.input);
            output.error("careful");
            return Exit::FaultsFound;
        },
        log);
    CommandLine line;
    line.command = "sync";
    line.arguments = {"人员"};
    Lines output;

    const auto result = call_daemon(folder.file("s"), line, "word", output);

    ASSERT_TRUE(result);
    EXPECT_EQ(*result, Exit::FaultsFound);
    EXPECT_EQ(output.lines, std::vector<std::string>{"sync 人员 word"});
    EXPECT_EQ(output.errors, std::vector<std::string>{"careful"});
    EXPECT_EQ(seen_actor.rfind("uid ", 0), 0U) << seen_actor;
}

TEST(ControlSocket, LogsACallersNumberAndNotHisLoginName) {
    const test::TempDir folder;
    test::MemoryLog log;
    const ControlServer server(
        folder.file("s"),
        [](const CommandLine&, const ControlCall&, Output&) { return Exit::Done; },
        log);
    Lines output;
    ASSERT_EQ(call_daemon(folder.file("s"), command("status"), "", output), Exit::Done);

    EXPECT_TRUE(log.contains("control command"));
    EXPECT_TRUE(log.contains("uid=" + std::to_string(::getuid())));
    const std::string actor = unix_actor(::getuid());
    const std::size_t name = actor.find('(');
    ASSERT_NE(name, std::string::npos) << "a user without a name";
    EXPECT_FALSE(log.contains(actor.substr(name + 1, actor.size() - name - 2)));
}

TEST(ControlSocket, IsClosedToOthers) {
    const test::TempDir folder;
    test::MemoryLog log;
    const ControlServer server(folder.file("s"), {}, log);
    struct stat status {};

    ASSERT_EQ(::stat(folder.file("s").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0660U);
}

TEST(ControlSocket, SaysThatNoDaemonListens) {
    const test::TempDir folder;
    Lines output;

    EXPECT_FALSE(call_daemon(folder.file("s"), {}, "", output));
}

TEST(ControlSocket, ASecondDaemonIsRefused) {
    const test::TempDir folder;
    test::MemoryLog log;
    const ControlServer first(folder.file("s"), {}, log);

    EXPECT_THROW(ControlServer(folder.file("s"), {}, log), base::SystemError);
}

TEST(ControlSocket, MakesItsFolderForItsGroupWhenTheOneAboveIsThere) {
    const test::TempDir folder;
    test::MemoryLog log;
    const ControlServer server(
        folder.file("run/s"),
        [](const CommandLine&, const ControlCall&, Output&) { return Exit::Done; },
        log);
    struct stat status {};
    Lines output;

    ASSERT_EQ(::stat(folder.file("run").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07027, 0U);
    EXPECT_EQ(call_daemon(folder.file("run/s"), command("status"), "", output), Exit::Done);
}

// Why a daemon could not take `path`; empty when it could.
std::string refusal(const std::string& path) {
    test::MemoryLog log;
    try {
        const ControlServer server(path, {}, log);
    } catch (const base::SystemError& error) {
        return error.what();
    }
    return {};
}

TEST(ControlSocket, NamesTheKeyAndWhatToDoWhenItCannotBeMade) {
    const test::TempDir folder;
    const std::string missing = refusal(folder.file("no/run/s"));
    EXPECT_NE(missing.find("control_socket " + folder.file("no/run/s")), std::string::npos);
    EXPECT_NE(missing.find("its folder " + folder.file("no/run") + " is not there"),
              std::string::npos)
        << missing;
    EXPECT_NE(missing.find("set control_socket in hrbridge.yaml"), std::string::npos) << missing;

    folder.write("file", "");
    EXPECT_NE(refusal(folder.file("file/s")).find("set control_socket"), std::string::npos);

    test::MemoryLog log;
    const ControlServer first(folder.file("s"), {}, log);
    const std::string second = refusal(folder.file("s"));
    EXPECT_NE(second.find("control_socket"), std::string::npos) << second;
    EXPECT_NE(second.find("another hrbridge daemon"), std::string::npos) << second;
}

TEST(ControlSocket, AFailingCommandIsAnErrorForTheCallerAndNotForTheDaemon) {
    const test::TempDir folder;
    test::MemoryLog log;
    const ControlServer server(
        folder.file("s"),
        [](const CommandLine&, const ControlCall&, Output&) -> Exit {
            throw std::runtime_error("the store is gone");
        },
        log);
    Lines first;
    Lines second;

    EXPECT_EQ(call_daemon(folder.file("s"), command("status"), "", first), Exit::Failed);
    EXPECT_EQ(call_daemon(folder.file("s"), command("status"), "", second), Exit::Failed);
    EXPECT_EQ(second.errors, std::vector<std::string>{"the store is gone"});
}

// Evaluations that run until they are let go or asked to stop.
class LongCommands {
  public:
    Exit run(const CommandLine& line, const ControlCall& call) {
        if (line.command != "findings evaluate") {
            return Exit::Done;
        }
        std::unique_lock lock(mutex_);
        ++running_;
        changed_.notify_all();
        changed_.wait(lock, call.stop, [&] { return let_go_; });
        return call.stop.stop_requested() ? Exit::Failed : Exit::FaultsFound;
    }
    void wait_for(std::size_t running) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return running_ == running; });
    }
    void let_go() {
        const std::lock_guard lock(mutex_);
        let_go_ = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::size_t running_ = 0;
    bool let_go_ = false;
};

TEST(ControlSocket, AnswersOneCallerWhileAnotherWaits) {
    const test::TempDir folder;
    test::MemoryLog log;
    LongCommands commands;
    const ControlServer server(
        folder.file("s"),
        [&](const CommandLine& line, const ControlCall& call, Output&) {
            return commands.run(line, call);
        },
        log);
    std::optional<Exit> slow;
    Lines slow_output;
    std::jthread other([&] {
        slow = call_daemon(folder.file("s"), command("findings evaluate"), "", slow_output);
    });
    commands.wait_for(1);
    Lines output;

    EXPECT_EQ(call_daemon(folder.file("s"), command("status"), "", output), Exit::Done);

    commands.let_go();
    other.join();
    EXPECT_EQ(slow, Exit::FaultsFound);
}

TEST(ControlSocket, RefusesOneCallerTooManyWithAReason) {
    const test::TempDir folder;
    test::MemoryLog log;
    LongCommands commands;
    const ControlServer server(
        folder.file("s"),
        [&](const CommandLine& line, const ControlCall& call, Output&) {
            return commands.run(line, call);
        },
        log);
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < kMostCallers; ++i) {
        callers.emplace_back([&] {
            Lines ignored;
            call_daemon(folder.file("s"), command("findings evaluate"), "", ignored);
        });
    }
    commands.wait_for(kMostCallers);
    Lines output;

    EXPECT_EQ(call_daemon(folder.file("s"), command("status"), "", output), Exit::Failed);
    ASSERT_EQ(output.errors.size(), 1U);
    EXPECT_NE(output.errors[0].find("try again"), std::string::npos);

    commands.let_go();
    callers.clear();
}

// More than the buffers of a socket take.
Exit tell_much(Output& output) {
    for (int i = 0; i < 2'000; ++i) {
        output.line(std::string(1'000, 'x'));
    }
    return Exit::Done;
}

TEST(ControlSocket, GivesNoExitCodeToACallerWhoMissedLines) {
    const test::TempDir folder;
    test::MemoryLog log;
    const ControlServer server(
        folder.file("s"),
        [](const CommandLine&, const ControlCall&, Output& output) { return tell_much(output); },
        log,
        std::chrono::milliseconds(50));
    const int caller = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    folder.file("s").copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(::connect(caller, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const std::string request = "{\"command\":\"rejects list\",\"arguments\":[],\"options\":{}}\n";
    ASSERT_EQ(::send(caller, request.data(), request.size(), 0), std::ssize(request));

    ASSERT_TRUE(test::wait_for([&] { return log.contains("did not read the answer"); }));

    std::string heard;
    std::array<char, 65'536> piece{};
    for (ssize_t got = 0; (got = ::recv(caller, piece.data(), piece.size(), 0)) > 0;) {
        heard.append(piece.data(), static_cast<std::size_t>(got));
    }
    ::close(caller);
    EXPECT_NE(heard.find("xxx"), std::string::npos);
    EXPECT_EQ(heard.find("exit"), std::string::npos);
}

TEST(ControlSocket, GivesAllLinesToACallerWhoseReaderPauses) {
    class Pausing final : public Output {
      public:
        void line(std::string_view) override {
            if (++lines == 1) {
                std::this_thread::sleep_for(std::chrono::milliseconds(500));
            }
        }
        void error(std::string_view) override {}
        void progress(std::string_view) override {}
        int lines = 0;
    };
    const test::TempDir folder;
    test::MemoryLog log;
    const ControlServer server(
        folder.file("s"),
        [](const CommandLine&, const ControlCall&, Output& output) { return tell_much(output); },
        log,
        std::chrono::milliseconds(100));
    Pausing output;

    EXPECT_EQ(call_daemon(folder.file("s"), command("rejects list"), "", output), Exit::Done);
    EXPECT_EQ(output.lines, 2'000);
}

TEST(ControlSocket, AStopEndsTheCommandsUnderWayAndThoseWhoHaveNotAsked) {
    const test::TempDir folder;
    test::MemoryLog log;
    LongCommands commands;
    auto server = std::make_unique<ControlServer>(
        folder.file("s"),
        [&](const CommandLine& line, const ControlCall& call, Output&) {
            return commands.run(line, call);
        },
        log);
    std::optional<Exit> result;
    Lines output;
    std::jthread caller(
        [&] { result = call_daemon(folder.file("s"), command("findings evaluate"), "", output); });
    commands.wait_for(1);

    server.reset();

    caller.join();
    EXPECT_EQ(result, Exit::Failed);
}

TEST(ControlSocket, AnEndingDaemonIsStillFoundUntilItsLastCommandHasEnded) {
    const test::TempDir folder;
    test::MemoryLog log;
    std::optional<bool> refused;
    std::promise<void> running;
    auto server = std::make_unique<ControlServer>(
        folder.file("s"),
        [&](const CommandLine&, const ControlCall& call, Output&) {
            running.set_value();
            std::mutex mutex;
            std::unique_lock lock(mutex);
            std::condition_variable_any().wait(lock, call.stop, [] { return false; });
            // The server's destructor waits for this command.
            try {
                const ControlServer second(
                    folder.file("s"),
                    [](const CommandLine&, const ControlCall&, Output&) { return Exit::Done; },
                    log);
                refused = false;
            } catch (const std::exception&) {
                refused = true;
            }
            return Exit::Failed;
        },
        log);
    Lines output;
    std::jthread caller(
        [&] { call_daemon(folder.file("s"), command("findings evaluate"), "", output); });
    running.get_future().wait();

    server.reset();

    EXPECT_EQ(refused, true) << "a second daemon took the place of one that still works";
}

// Sends bytes as they are and gives all that is answered.
std::string raw_call(const std::string& path, const std::string& bytes) {
    const int caller = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::connect(caller, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t sent = ::send(caller, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (sent <= 0) {
            break;
        }
        at += static_cast<std::size_t>(sent);
    }
    ::shutdown(caller, SHUT_WR);
    std::string heard;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::recv(caller, piece.data(), piece.size(), 0)) > 0;) {
        heard.append(piece.data(), static_cast<std::size_t>(got));
    }
    ::close(caller);
    return heard;
}

struct WrongRequest {
    const char* text;
    const char* answer;
};

class WrongRequests : public testing::TestWithParam<WrongRequest> {};

TEST_P(WrongRequests, AreRefusedAndNeverRun) {
    const test::TempDir folder;
    test::MemoryLog log;
    bool ran = false;
    const ControlServer server(
        folder.file("s"),
        [&](const CommandLine&, const ControlCall&, Output&) {
            ran = true;
            return Exit::Done;
        },
        log);

    const std::string answer = raw_call(folder.file("s"), std::string(GetParam().text) + "\n");

    EXPECT_FALSE(ran);
    EXPECT_NE(answer.find(GetParam().answer), std::string::npos) << answer;
    EXPECT_NE(answer.find("{\"exit\":2}"), std::string::npos) << answer;
}

constexpr const char* kNoCommand = "no control command of this version";

INSTANTIATE_TEST_SUITE_P(
    OfTheSocket,
    WrongRequests,
    testing::Values(
        WrongRequest{R"({"command":"user disable","arguments":[],"options":{}})",
                     "usage: hrbridge user disable NAME"},
        WrongRequest{R"({"command":"status","arguments":["x"],"options":{}})",
                     "usage: hrbridge status"},
        WrongRequest{R"({"command":"outbox list","arguments":[],"options":{"limit":"-1"}})",
                     "--limit takes a whole number"},
        WrongRequest{R"({"command":"outbox list","arguments":[],"options":{"state":"x"}})",
                     "--state takes"},
        WrongRequest{R"({"command":"outbox list","arguments":[],"options":{"json":"x"}})",
                     "--json takes no value"},
        WrongRequest{R"({"command":"outbox list","arguments":[],"options":{"nothing":""}})",
                     "no option --nothing"},
        WrongRequest{R"({"command":"user","arguments":[],"options":{}})", "there is no command"},
        WrongRequest{R"({"command":"","arguments":[],"options":{}})", "there is no command"},
        WrongRequest{R"({"command":7,"arguments":[],"options":{}})", kNoCommand},
        WrongRequest{R"({"command":"status","arguments":[1],"options":{}})", kNoCommand},
        WrongRequest{R"({"command":"status","arguments":{},"options":{}})", kNoCommand},
        WrongRequest{R"({"command":"status","arguments":[],"options":{"json":1}})", kNoCommand},
        WrongRequest{R"({"command":"status","arguments":[],"options":{},"input":1})", kNoCommand},
        WrongRequest{R"({"command":"status"})", kNoCommand},
        WrongRequest{R"(["status"])", kNoCommand},
        WrongRequest{"{", kNoCommand},
        WrongRequest{"", kNoCommand},
        WrongRequest{"\xff\xfe", kNoCommand}));

TEST(ControlSocket, RefusesARequestThatIsTooLongAndGoesOn) {
    const test::TempDir folder;
    test::MemoryLog log;
    const ControlServer server(
        folder.file("s"),
        [](const CommandLine&, const ControlCall&, Output&) { return Exit::Done; },
        log);

    const std::string answer = raw_call(folder.file("s"), std::string((1U << 20U) + 1, '['));
    const std::string nested = raw_call(folder.file("s"), std::string(1U << 19U, '[') + "\n");

    EXPECT_NE(answer.find("too long"), std::string::npos) << answer;
    EXPECT_NE(nested.find(kNoCommand), std::string::npos) << nested;
    Lines output;
    EXPECT_EQ(call_daemon(folder.file("s"), command("status"), "", output), Exit::Done);
}

}  // namespace
}  // namespace hrbridge::app
