#include "daemon/app/password_prompt.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace hrbridge::app {
namespace {

constexpr std::size_t kMostBytes = 4096;

// A terminal shows nothing of what is typed while this lives. A signal that would end the process
// waits until the terminal is as it was.
class WithoutEcho {
  public:
    explicit WithoutEcho(int terminal) : terminal_(terminal) {
        sigset_t ending;
        ::sigemptyset(&ending);
        for (const int each : {SIGINT, SIGTERM, SIGQUIT, SIGHUP}) {
            ::sigaddset(&ending, each);
        }
        ::pthread_sigmask(SIG_BLOCK, &ending, &mask_before_);
        signals_ = ::signalfd(-1, &ending, SFD_CLOEXEC);
        ::tcgetattr(terminal_, &before_);
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= ECHONL;
        ::tcsetattr(terminal_, TCSAFLUSH, &silent);
    }
    WithoutEcho(const WithoutEcho&) = delete;
    WithoutEcho& operator=(const WithoutEcho&) = delete;
    ~WithoutEcho() {
        ::tcsetattr(terminal_, TCSANOW, &before_);
        ::close(signals_);
        ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    }

    // Waits until there is something to read; false when a signal came first.
    bool wait() const {
        std::array<pollfd, 2> either{{{terminal_, POLLIN, 0}, {signals_, POLLIN, 0}}};
        while (::poll(either.data(), either.size(), -1) < 0 && errno == EINTR) {
        }
        return either[1].revents == 0;
    }

  private:
    int terminal_;
    int signals_ = -1;
    sigset_t mask_before_{};
    termios before_{};
};

// Byte by byte, so that what follows the line stays in the input. `terminal` is of the input, when
// it is one.
std::optional<std::string> read_line(int input, const WithoutEcho* terminal = nullptr) {
    std::string line;
    char byte = 0;
    while (line.size() < kMostBytes) {
        if (terminal != nullptr && !terminal->wait()) {
            return std::nullopt;
        }
        const ssize_t got = ::read(input, &byte, 1);
        if (got < 0 || (got == 0 && line.empty())) {
            return std::nullopt;
        }
        if (got == 0 || byte == '\n') {
            break;
        }
        line += byte;
    }
    if (!line.empty() && line.back() == '\r') {
        line.pop_back();
    }
    return line;
}

void ask(int prompts, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(prompts, text.data(), text.size());
        if (written <= 0) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

std::optional<std::string> read_password(int input, int prompts) {
    return read_secret(input, prompts, {"Password: ", "The same again: "});
}

std::optional<std::string> read_secret(int input,
                                       int prompts,
                                       const std::vector<std::string>& questions) {
    if (::isatty(input) == 0) {
        return read_line(input);
    }
    const WithoutEcho silent(input);
    std::optional<std::string> first;
    for (const std::string& question : questions) {
        ask(prompts, question);
        auto answer = read_line(input, &silent);
        if (!answer || (first && *answer != *first)) {
            return std::nullopt;
        }
        first = std::move(answer);
    }
    return first;
}

}  // namespace hrbridge::app
