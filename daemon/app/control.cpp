#include "daemon/app/control.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <pwd.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/base/queue.h"
#include "daemon/base/text.h"

namespace hrbridge::app {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxRequest = 1U << 20U;
constexpr int kPollMilliseconds = 5'000;  // how long a caller that is done keeps its thread
constexpr mode_t kFolderMode = 0750;

base::SystemError failure(const std::string& path, const std::string& what) {
    return {"control socket", std::to_string(errno), base::Remedy::Stop, path + ": " + what};
}

constexpr const char* kChooseAnother =
    "set control_socket in hrbridge.yaml to a path in a folder that the daemon's user may write";

base::SystemError cannot_listen(const std::string& path, const std::string& what) {
    return {"control socket",
            std::to_string(errno),
            base::Remedy::Stop,
            fmt::format("control_socket {}: {}", path, what)};
}

// Under systemd the folder is there; as root or in a folder of one's own it is made here.
void make_folder(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    if (!folder.empty() && ::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
        throw cannot_listen(path,
                            fmt::format("its folder {} is not there and cannot be made: {}; make "
                                        "it, or {}",
                                        folder,
                                        std::strerror(errno),
                                        kChooseAnother));
    }
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        throw failure(path, "the path is longer than a socket's may be (107 bytes)");
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

bool connect_to(int fd, const std::string& path) {
    const sockaddr_un address = address_of(path);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool send_json(int fd, const Json& json) {
    return send_all(fd, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

// Reads up to the next line end; false at the end of the stream or when what came is longer than
// kMaxRequest.
bool read_line(int fd, std::string& buffer, std::string& line) {
    std::array<char, 4096> chunk{};
    for (;;) {
        const std::size_t end = buffer.find('\n');
        if (end != std::string::npos) {
            line = buffer.substr(0, end);
            buffer.erase(0, end + 1);
            return true;
        }
        const ssize_t got = ::recv(fd, chunk.data(), chunk.size(), 0);
        if (got <= 0 || buffer.size() > kMaxRequest) {
            return false;
        }
        buffer.append(chunk.data(), static_cast<std::size_t>(got));
    }
}

std::optional<uid_t> peer_of(int fd) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return std::nullopt;
    }
    return credentials.uid;
}

class SocketOutput final : public Output {
  public:
    explicit SocketOutput(int fd) : fd_(fd) {}
    void line(std::string_view text) override { send("line", text); }
    void error(std::string_view text) override { send("error", text); }
    void progress(std::string_view text) override { send("progress", text); }
    void bytes(std::string_view chunk) override { send("bytes", base::to_base64(chunk)); }
    // The last line of an answer. It stays out when a line before it did not get through: the
    // caller must not take what it has for the whole.
    void exit(Exit code) {
        if (listening_) {
            send_json(fd_, {{"exit", static_cast<int>(code)}});
        }
    }
    bool listening() const { return listening_; }

  private:
    // Once nobody listens, the command goes on without being waited for.
    void send(const char* kind, std::string_view text) {
        listening_ = listening_ && send_json(fd_, {{kind, text}});
    }

    int fd_;
    bool listening_ = true;
};

void refuse(int client, std::string_view why) {
    SocketOutput output(client);
    output.error(why);
    output.exit(Exit::Failed);
}

struct Asked {
    CommandLine line;
    std::string input;
};

// Who may use the socket need not be the command line, which lets no wrong line through: what comes
// is checked like there. nullopt when it is wrong; `output` then says why.
std::optional<Asked> read_request(const std::string& text, Output& output) {
    Asked asked;
    try {
        const Json request = Json::parse(text);
        asked.line.command = request.at("command").get<std::string>();
        asked.line.arguments = request.at("arguments").get<std::vector<std::string>>();
        asked.line.options = request.at("options").get<std::map<std::string, std::string>>();
        asked.input = request.value("input", "");
    } catch (const Json::exception&) {
        output.error("the request is no control command of this version");
        return std::nullopt;
    }
    if (const auto fault = fault_of(asked.line)) {
        output.error(*fault);
        return std::nullopt;
    }
    return asked;
}

// The lines of an answer. They are read ahead: who reads the caller's output and pauses (a pager)
// must not keep the daemon waiting.
class AnswerLines {
  public:
    explicit AnswerLines(int fd) : fd_(fd), reader_([this] { read(); }) {}
    AnswerLines(const AnswerLines&) = delete;
    AnswerLines& operator=(const AnswerLines&) = delete;
    ~AnswerLines() { ::shutdown(fd_, SHUT_RDWR); }
    // nullopt when no more come.
    std::optional<std::string> next() { return lines_.pop({}); }

  private:
    void read() {
        std::string buffer;
        std::string line;
        while (read_line(fd_, buffer, line)) {
            lines_.push(std::move(line), {});
        }
        lines_.close();
    }

    int fd_;
    base::BoundedQueue<std::string> lines_{std::numeric_limits<std::size_t>::max()};
    std::jthread reader_;
};

}  // namespace

std::string unix_actor(unsigned int uid) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> names{};
    ::getpwuid_r(uid, &entry, names.data(), names.size(), &found);
    return found == nullptr ? fmt::format("uid {}", uid)
                            : fmt::format("uid {} ({})", uid, entry.pw_name);
}

// One connection and its thread.
class ControlServer::Caller {
  public:
    explicit Caller(int client) : client_(client) {}
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;
    ~Caller() = default;

    // Throws std::system_error when the system gives no thread; the connection is open still.
    void start(std::function<void(int, const std::stop_token&)> work) {
        thread_ = std::jthread([this, work = std::move(work)](const std::stop_token& stop) {
            work(client_.get(), stop);
            ::shutdown(client_.get(), SHUT_RDWR);
            done_ = true;
        });
    }
    bool done() const { return done_; }
    // A caller that has not asked yet is not waited for.
    void request_stop() {
        thread_.request_stop();
        ::shutdown(client_.get(), SHUT_RD);
    }

  private:
    base::Descriptor client_;
    std::atomic<bool> done_ = false;
    std::jthread thread_;
};

ControlServer::ControlServer(std::string path,
                             ControlHandler handler,
                             base::Log& log,
                             std::chrono::milliseconds patience)
    : path_(std::move(path)), handler_(std::move(handler)), log_(log), patience_(patience) {
    base::Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect_to(probe.get(), path_)) {
        throw cannot_listen(path_,
                            "another hrbridge daemon answers here; stop it first, or give this "
                            "one a control_socket and a store of its own");
    }
    make_folder(path_);
    ::unlink(path_.c_str());
    base::Descriptor server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(path_);
    const mode_t before = ::umask(0117);  // the socket is never open to others, not for an instant
    const int bound =
        ::bind(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    ::umask(before);
    if (bound != 0 || ::listen(server.get(), 16) != 0) {
        throw cannot_listen(
            path_, fmt::format("cannot listen: {}; {}", std::strerror(errno), kChooseAnother));
    }
    base::Descriptor wake(::eventfd(0, EFD_CLOEXEC));
    if (wake.get() < 0) {
        throw cannot_listen(path_, fmt::format("no event can be made: {}", std::strerror(errno)));
    }
    socket_ = std::move(server);
    wake_ = std::move(wake);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

ControlServer::~ControlServer() {
    // The socket listens until the last caller is done: a second daemon, and a command that would
    // else work on the store itself, must find this one.
    thread_.request_stop();
    ::eventfd_write(wake_.get(), 1);
    thread_.join();
    for (Caller& caller : callers_) {
        caller.request_stop();
    }
    callers_.clear();
    ::unlink(path_.c_str());
}

void ControlServer::serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        pollfd waiting[] = {{socket_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
        ::poll(waiting, 2, kPollMilliseconds);
        callers_.remove_if([](const Caller& caller) { return caller.done(); });
        if (waiting[0].revents != 0) {
            take(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        }
    }
}

void ControlServer::take(int client) {
    if (client < 0) {
        return;
    }
    const auto whole = std::chrono::floor<std::chrono::seconds>(patience_);
    const timeval limit{whole.count(), std::chrono::microseconds(patience_ - whole).count()};
    ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (callers_.size() >= kMostCallers) {
        const base::Descriptor refused(client);
        refuse(
            client,
            fmt::format("the daemon is busy with {} commands already; try again when one has ended",
                        kMostCallers));
        return;
    }
    Caller& caller = callers_.emplace_back(client);
    try {
        caller.start([this](int fd, const std::stop_token& stop) { answer(fd, stop); });
    } catch (const std::system_error& error) {
        log_.warning("a control command was refused: the system gives no thread",
                     {{"error", error.what()}});
        refuse(client, "the system gives the daemon no thread for a command now; try again later");
        callers_.pop_back();
    }
}

void ControlServer::answer(int client, const std::stop_token& stop) {
    std::string buffer;
    std::string text;
    SocketOutput output(client);
    if (!read_line(client, buffer, text)) {
        if (buffer.size() > kMaxRequest) {
            output.error("the request is too long");
            output.exit(Exit::Usage);
        }
        return;
    }
    Exit result = Exit::Usage;
    try {
        if (const std::optional<Asked> asked = read_request(text, output)) {
            const auto peer = peer_of(client);
            // Who it was by name, the audit says.
            log_.info("control command",
                      {{"command", asked->line.command},
                       {"uid", peer ? std::to_string(*peer) : "unknown"}});
            const std::string actor = peer ? unix_actor(*peer) : "unknown";
            result = handler_(asked->line, {asked->input, actor, stop}, output);
        }
    } catch (const std::exception& error) {
        output.error(error.what());
        result = Exit::Failed;
    }
    output.exit(result);
    if (!output.listening()) {
        log_.warning("a caller did not read the answer to its command; it ended without it");
    }
}

std::optional<Exit> call_daemon(const std::string& path,
                                const CommandLine& line,
                                const std::string& input,
                                Output& output) {
    const base::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!connect_to(socket.get(), path)) {
        if (errno == EACCES || errno == EPERM) {
            throw failure(path, "this user may not talk to the daemon; use root or its group");
        }
        return std::nullopt;
    }
    send_json(socket.get(),
              {{"command", line.command},
               {"arguments", line.arguments},
               {"options", line.options},
               {"input", input}});
    AnswerLines lines(socket.get());
    while (const std::optional<std::string> text = lines.next()) {
        const Json answer = Json::parse(*text, nullptr, false);
        if (answer.contains("line")) {
            output.line(answer["line"].get<std::string>());
        } else if (answer.contains("error")) {
            output.error(answer["error"].get<std::string>());
        } else if (answer.contains("progress")) {
            output.progress(answer["progress"].get<std::string>());
        } else if (answer.contains("bytes")) {
            output.bytes(base::from_base64(answer["bytes"].get<std::string>()).value_or(""));
        } else if (answer.contains("exit")) {
            return static_cast<Exit>(answer["exit"].get<int>());
        }
    }
    throw failure(path, "the daemon went away before it had answered in full");
}

}  // namespace hrbridge::app
