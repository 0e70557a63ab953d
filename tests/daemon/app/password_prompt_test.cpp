#include "daemon/app/password_prompt.h"

#include <array>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "tests/daemon/app/support/command_bench.h"

namespace hrbridge::app {
namespace {

// A person at a terminal, who types behind each question.
class Typist {
  public:
    Typist() { EXPECT_EQ(::openpty(&keyboard_, &terminal_, nullptr, nullptr, nullptr), 0); }
    Typist(const Typist&) = delete;
    Typist& operator=(const Typist&) = delete;
    ~Typist() {
        ::close(keyboard_);
        ::close(terminal_);
    }

    std::optional<std::string> answer(const std::vector<std::string>& lines) {
        std::optional<std::string> password;
        std::jthread asked([&] { password = read_password(terminal_, terminal_); });
        for (const std::string& line : lines) {
            wait_for(": ");
            const std::string typed = line + "\n";
            EXPECT_EQ(::write(keyboard_, typed.data(), typed.size()),
                      static_cast<ssize_t>(typed.size()));
        }
        asked.join();
        wait_for("\n");
        return password;
    }
    const std::string& screen() const { return screen_; }
    bool echoes() const {
        termios state{};
        ::tcgetattr(terminal_, &state);
        return (state.c_lflag & ECHO) != 0;
    }

  private:
    // Until new text with this end stands on the screen.
    void wait_for(const std::string& end) {
        std::string fresh;
        std::array<char, 256> chunk{};
        pollfd waiting{keyboard_, POLLIN, 0};
        while (fresh.find(end) == std::string::npos && ::poll(&waiting, 1, 10'000) > 0) {
            const ssize_t got = ::read(keyboard_, chunk.data(), chunk.size());
            fresh.append(chunk.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
        }
        EXPECT_NE(fresh.find(end), std::string::npos) << fresh;
        screen_ += fresh;
    }

    int keyboard_ = -1;
    int terminal_ = -1;
    std::string screen_;
};

std::optional<std::string> from_pipe(const std::string& text, std::string& left) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    auto password = read_password(ends[0], STDERR_FILENO);
    std::array<char, 256> rest{};
    const ssize_t got = ::read(ends[0], rest.data(), rest.size());
    left.assign(rest.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    ::close(ends[0]);
    return password;
}

TEST(PasswordPrompt, ShowsNothingOfWhatIsTypedAndEchoesAgainAfterwards) {
    Typist typist;

    EXPECT_EQ(typist.answer({"correct horse 马", "correct horse 马"}), "correct horse 马");

    EXPECT_EQ(typist.screen().find("horse"), std::string::npos) << typist.screen();
    EXPECT_NE(typist.screen().find("Password: "), std::string::npos);
    EXPECT_TRUE(typist.echoes());
}

TEST(PasswordPrompt, TakesNoPasswordThatIsTypedInTwoWays) {
    Typist typist;

    EXPECT_EQ(typist.answer({"correct horse", "correct house"}), std::nullopt);
    EXPECT_TRUE(typist.echoes());
}

// The program at a terminal of its own, ended by a signal while it asks.
void expect_echo_after(int number, const std::string& typed) {
    const test::CommandBench bench;
    const std::string config = bench.folder.file("hrbridge.yaml");
    int keyboard = -1;
    int terminal = -1;
    ASSERT_EQ(::openpty(&keyboard, &terminal, nullptr, nullptr, nullptr), 0);
    const pid_t program = ::fork();
    if (program == 0) {
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);  // other tests have blocked some here
        ::login_tty(terminal);
        ::execl(HRBRIDGE_BINARY_DIR "/daemon/app/hrbridge",
                "hrbridge",
                "user",
                "add",
                "li",
                "--role",
                "hr",
                "--config",
                config.c_str(),
                nullptr);
        ::_exit(127);
    }
    std::string screen;
    std::array<char, 256> chunk{};
    pollfd waiting{keyboard, POLLIN, 0};
    while (screen.find("Password: ") == std::string::npos && ::poll(&waiting, 1, 10'000) > 0) {
        const ssize_t got = ::read(keyboard, chunk.data(), chunk.size());
        screen.append(chunk.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    termios state{};
    ::tcgetattr(terminal, &state);
    EXPECT_EQ(state.c_lflag & ECHO, 0U) << screen;
    if (typed.empty()) {
        ::kill(program, number);
    } else {
        EXPECT_EQ(::write(keyboard, typed.data(), typed.size()),
                  static_cast<ssize_t>(typed.size()));
    }
    int status = 0;
    ASSERT_EQ(::waitpid(program, &status, 0), program);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), number);
    ::tcgetattr(terminal, &state);
    EXPECT_NE(state.c_lflag & ECHO, 0U);
    ::close(keyboard);
    ::close(terminal);
}

TEST(PasswordPrompt, EchoesAgainWhenItIsEndedByASignal) {
    expect_echo_after(SIGINT, "half a pass\x03");
    expect_echo_after(SIGTERM, "");
}

TEST(PasswordPrompt, TakesOneLineOfWhatIsNoTerminal) {
    std::string left;
    EXPECT_EQ(from_pipe("  correct horse \r\nthe rest\n", left), "  correct horse ");
    EXPECT_EQ(left, "the rest\n");
    EXPECT_EQ(from_pipe("without an end", left), "without an end");
    EXPECT_EQ(from_pipe("", left), std::nullopt);
    EXPECT_EQ(from_pipe("\n", left), "");
}

}  // namespace
}  // namespace hrbridge::app
