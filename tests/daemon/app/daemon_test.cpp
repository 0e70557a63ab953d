#include <array>
#include <csignal>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/store/store.h"
#include "tests/support/process.h"
#include "tests/support/raw_http.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace hrbridge::app {
namespace {

// Stands for systemd: what a service says by sd_notify.
class Notifications {
  public:
    explicit Notifications(const std::string& path)
        : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
        const timeval limit{0, 50'000};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        thread_ = std::jthread([this](const std::stop_token& stop) { listen(stop); });
    }
    Notifications(const Notifications&) = delete;
    Notifications& operator=(const Notifications&) = delete;
    ~Notifications() {
        thread_ = {};
        ::close(fd_);
    }

    std::size_t count(const std::string& begin) const {
        const std::lock_guard lock(mutex_);
        std::size_t found = 0;
        for (const std::string& message : messages_) {
            found += message.starts_with(begin) ? 1U : 0U;
        }
        return found;
    }
    bool hears(const std::string& begin, std::size_t times = 1) const {
        return test::wait_for([&] { return count(begin) >= times; });
    }

  private:
    void listen(const std::stop_token& stop) {
        std::array<char, 4096> piece{};
        while (!stop.stop_requested()) {
            const ssize_t got = ::recv(fd_, piece.data(), piece.size(), 0);
            if (got > 0) {
                const std::lock_guard lock(mutex_);
                messages_.emplace_back(piece.data(), static_cast<std::size_t>(got));
            }
        }
    }

    int fd_;
    mutable std::mutex mutex_;
    std::vector<std::string> messages_;
    std::jthread thread_;
};

// The real program, with a job that waits for as long as the test holds the store's writer.
TEST(Daemon, FeedsTheWatchdogAndAnswersWhileAReloadWaitsForAJobAndStopsWhenAsked) {
    const test::TempDir folder;
    const int port = test::free_port();
    std::filesystem::create_directory(folder.file("mappings"));
    std::filesystem::create_directory(folder.file("rules"));
    const std::string config =
        folder.write("hrbridge.yaml",
                     "store: {kind: sqlite, path: hr.db}\ncontrol_socket: control.sock\n"
                     "findings_every: 1s\nweb: {port: " +
                         std::to_string(port) + "}\n");
    const Notifications service(folder.file("notify"));
    test::Process daemon({{HRBRIDGE_BINARY_DIR "/daemon/app/hrbridge", "run", "--config", config},
                          {{"NOTIFY_SOCKET", folder.file("notify")}, {"WATCHDOG_USEC", "1000000"}},
                          "",
                          "",
                          folder.file("log")});
    ASSERT_TRUE(service.hears("READY=1")) << test::read_file(folder.file("log"));
    store::StoreOptions options;
    options.path = folder.file("hr.db");
    const auto writer = store::open_store(options)->connect();
    auto held = std::make_unique<store::sql::Transaction>(*writer);
    const std::size_t before = service.count("STATUS=running findings");
    ASSERT_TRUE(service.hears("STATUS=running findings", before + 2));

    daemon.signal(SIGHUP);
    ASSERT_TRUE(service.hears("RELOADING=1"));
    ASSERT_TRUE(service.hears("STATUS=reading the configuration again, running findings"));
    EXPECT_TRUE(service.hears("WATCHDOG=1", service.count("WATCHDOG=1") + 4));
    EXPECT_EQ(test::http_call(port, {"GET", "/ready"}).status, 200);
    EXPECT_EQ(service.count("READY=1"), 1U) << "the reload did not wait";

    held.reset();
    EXPECT_TRUE(service.hears("READY=1", 2));
    daemon.signal(SIGTERM);
    std::optional<int> code;
    EXPECT_TRUE(test::wait_for([&] { return (code = daemon.ended()).has_value(); }));
    EXPECT_EQ(code, 0) << test::read_file(folder.file("log"));
    EXPECT_EQ(service.count("STOPPING=1"), 1U);
}

// A folder with a daemon's configuration; `pages` is the port.
std::string write_config(const test::TempDir& folder, int pages, const std::string& more = {}) {
    std::filesystem::create_directories(folder.file("mappings"));
    std::filesystem::create_directories(folder.file("rules"));
    return folder.write(
        "hrbridge.yaml",
        "store: {kind: sqlite, path: hr.db}\nweb: {port: " + std::to_string(pages) + "}\n" + more);
}

test::Process start_daemon(const test::TempDir& folder, const std::string& config) {
    return test::Process({{HRBRIDGE_BINARY_DIR "/daemon/app/hrbridge", "run", "--config", config},
                          {},
                          "",
                          "",
                          folder.file("log")});
}

std::optional<int> exit_of(test::Process& process) {
    std::optional<int> code;
    test::wait_for([&] { return (code = process.ended()).has_value(); });
    return code;
}

TEST(Daemon, WithoutAPlaceForItsControlSocketTouchesNeitherStoreNorPagesAndSaysWhatToDo) {
    const test::TempDir folder;
    const std::string config =
        write_config(folder, test::free_port(), "control_socket: no/run/control.sock\n");
    test::Process daemon = start_daemon(folder, config);

    EXPECT_EQ(exit_of(daemon), 1);

    const std::string log = test::read_file(folder.file("log"));
    EXPECT_NE(log.find("set control_socket in hrbridge.yaml"), std::string::npos) << log;
    EXPECT_FALSE(std::filesystem::exists(folder.file("hr.db")));
}

TEST(Daemon, ASecondOneOnTheSameSocketEndsAndTheFirstGoesOn) {
    const test::TempDir folder;
    const int port = test::free_port();
    const std::string socket = "control_socket: run/control.sock\n";
    test::Process first = start_daemon(folder, write_config(folder, port, socket));
    ASSERT_TRUE(test::wait_for([&] { return std::filesystem::exists(folder.file("hr.db")); }));
    const test::TempDir other;
    test::Process second = start_daemon(
        other,
        write_config(
            other, test::free_port(), "control_socket: " + folder.file("run/control.sock") + "\n"));

    EXPECT_EQ(exit_of(second), 1);

    const std::string log = test::read_file(other.file("log"));
    EXPECT_NE(log.find("another hrbridge daemon"), std::string::npos) << log;
    EXPECT_FALSE(std::filesystem::exists(other.file("hr.db")));
    const test::Finished status = test::run({{HRBRIDGE_BINARY_DIR "/daemon/app/hrbridge",
                                              "status",
                                              "--config",
                                              folder.file("hrbridge.yaml")},
                                             {},
                                             "",
                                             "",
                                             ""});
    EXPECT_EQ(status.code, 0);
    EXPECT_NE(status.output.find("daemon  runs, pid " + std::to_string(first.pid()) + ", since "),
              std::string::npos)
        << status.output;
    first.signal(SIGTERM);
    EXPECT_EQ(exit_of(first), 0);
}

}  // namespace
}  // namespace hrbridge::app
