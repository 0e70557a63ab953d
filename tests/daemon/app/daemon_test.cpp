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
#include <netinet/in.h>
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
class BusyDaemon : public testing::Test {
  protected:
    BusyDaemon()
        : port_(test::free_port()),
          service_(folder_.file("notify")),
          daemon_({{HRBRIDGE_BINARY_DIR "/daemon/app/hrbridge", "run", "--config", configure()},
                   {{"NOTIFY_SOCKET", folder_.file("notify")}, {"WATCHDOG_USEC", "1000000"}},
                   "",
                   "",
                   folder_.file("log")}) {}

    void hold_a_job() {
        ASSERT_TRUE(service_.hears("READY=1")) << log();
        store::StoreOptions options;
        options.path = folder_.file("hr.db");
        writer_ = store::open_store(options)->connect();
        held_ = std::make_unique<store::sql::Transaction>(*writer_);
        const std::size_t before = service_.count("STATUS=running findings");
        ASSERT_TRUE(service_.hears("STATUS=running findings", before + 2));
    }
    void reload() {
        daemon_.signal(SIGHUP);
        ASSERT_TRUE(service_.hears("RELOADING=1"));
        ASSERT_TRUE(service_.hears("STATUS=reading the configuration again, running findings"));
    }
    std::optional<int> end() {
        std::optional<int> code;
        EXPECT_TRUE(test::wait_for([&] { return (code = daemon_.ended()).has_value(); }));
        return code;
    }
    std::string log() const { return test::read_file(folder_.file("log")); }

    const test::TempDir folder_;
    const int port_;
    const Notifications service_;
    test::Process daemon_;
    std::unique_ptr<store::sql::Connection> writer_;
    std::unique_ptr<store::sql::Transaction> held_;

  private:
    std::string configure() const {
        std::filesystem::create_directory(folder_.file("mappings"));
        std::filesystem::create_directory(folder_.file("rules"));
        return folder_.write("hrbridge.yaml",
                             "store: {kind: sqlite, path: hr.db}\ncontrol_socket: control.sock\n"
                             "findings_every: 1s\nweb: {port: " +
                                 std::to_string(port_) + "}\n");
    }
};

TEST_F(BusyDaemon, FeedsTheWatchdogAndAnswersWhileAReloadWaitsForAJobAndStopsWhenAsked) {
    hold_a_job();
    reload();
    EXPECT_TRUE(service_.hears("WATCHDOG=1", service_.count("WATCHDOG=1") + 4));
    EXPECT_EQ(test::http_call(port_, {"GET", "/ready"}).status, 200);
    EXPECT_EQ(service_.count("READY=1"), 1U) << "the reload did not wait";

    held_.reset();
    EXPECT_TRUE(service_.hears("READY=1", 2));
    daemon_.signal(SIGTERM);
    EXPECT_EQ(end(), 0) << log();
    EXPECT_EQ(service_.count("STOPPING=1"), 1U);
}

TEST_F(BusyDaemon, SaysThatItStopsAndFeedsTheWatchdogWhileAReloadUnderWayEnds) {
    hold_a_job();
    reload();

    daemon_.signal(SIGTERM);

    EXPECT_TRUE(service_.hears("STOPPING=1"));
    EXPECT_TRUE(service_.hears("WATCHDOG=1", service_.count("WATCHDOG=1") + 4));
    EXPECT_FALSE(daemon_.ended()) << "it did not wait for the job";
    held_.reset();
    EXPECT_EQ(end(), 0) << log();
    EXPECT_EQ(service_.count("READY=1"), 1U) << "nothing new was started";
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

TEST(Daemon, WhoseStoresDiskIsAwayEndsWithOneSoThatItIsStartedAgain) {
    const test::TempDir folder;
    write_config(folder, test::free_port(), "control_socket: control.sock\n");
    const std::string text = test::read_file(folder.file("hrbridge.yaml"));
    const std::string config =
        folder.write("hrbridge.yaml", "store: {kind: sqlite, path: disk/hr.db" + text.substr(33));
    test::Process away = start_daemon(folder, config);

    EXPECT_EQ(exit_of(away), 1);

    const std::string log = test::read_file(folder.file("log"));
    EXPECT_NE(log.find("hrbridge.yaml:1: store.path: "), std::string::npos) << log;
    EXPECT_NE(log.find("disk is not there"), std::string::npos) << log;
    std::filesystem::create_directory(folder.file("disk"));
    test::Process again = start_daemon(folder, config);
    EXPECT_TRUE(test::wait_for([&] { return std::filesystem::exists(folder.file("disk/hr.db")); }));
    again.signal(SIGTERM);
    EXPECT_EQ(exit_of(again), 0);
}

TEST(Daemon, WhosePortIsTakenNamesItsKeyAndWhatToDo) {
    const test::TempDir folder;
    const int other = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ASSERT_EQ(::bind(other, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(other, 1), 0);
    ASSERT_EQ(::getsockname(other, reinterpret_cast<sockaddr*>(&address), &size), 0);
    const int taken = ntohs(address.sin_port);
    test::Process daemon =
        start_daemon(folder, write_config(folder, taken, "control_socket: control.sock\n"));

    EXPECT_EQ(exit_of(daemon), 1);

    const std::string log = test::read_file(folder.file("log"));
    EXPECT_NE(log.find("web.port: cannot listen on "), std::string::npos) << log;
    EXPECT_NE(log.find("end the program that has this port"), std::string::npos) << log;
    ::close(other);
}

test::Finished ask(const test::TempDir& folder, const std::string& command) {
    return test::run({{HRBRIDGE_BINARY_DIR "/daemon/app/hrbridge",
                       command,
                       "--config",
                       folder.file("hrbridge.yaml")},
                      {},
                      "",
                      "",
                      ""});
}

test::Finished status_by(const test::TempDir& folder) {
    return ask(folder, "status");
}

// Before, the store alone answers.
bool says_it_runs(const test::Finished& status) {
    return status.output.find("daemon  runs, pid ") != std::string::npos;
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
    // The second may end before the first has come as far as answering.
    test::Finished status;
    test::wait_for([&] { return says_it_runs(status = status_by(folder)); });
    EXPECT_EQ(status.code, 0);
    EXPECT_NE(status.output.find("daemon  runs, pid " + std::to_string(first.pid()) + ", since "),
              std::string::npos)
        << status.output;
    first.signal(SIGTERM);
    EXPECT_EQ(exit_of(first), 0);
}

TEST(Daemon, ReloadSaysWhetherTheNewConfigurationIsInForce) {
    const test::TempDir folder;
    const std::string socket = "control_socket: control.sock\n";
    const int port = test::free_port();
    write_config(folder, port, socket);
    EXPECT_EQ(ask(folder, "reload").code, 1) << "no daemon runs";
    test::Process daemon = start_daemon(folder, folder.file("hrbridge.yaml"));
    ASSERT_TRUE(test::wait_for([&] { return says_it_runs(status_by(folder)); }));

    const int other = test::free_port();
    write_config(folder, other, socket);
    const test::Finished good = ask(folder, "reload");
    EXPECT_EQ(good.code, 0) << good.output;
    EXPECT_EQ(test::http_call(other, {"GET", "/ready"}).status, 200);

    write_config(folder, port, socket + "retention: {audit_days: 1}\n");
    const test::Finished bad = ask(folder, "reload");
    EXPECT_EQ(bad.code, 2) << bad.output;
    EXPECT_NE(bad.output.find("retention.audit_days"), std::string::npos) << bad.output;
    EXPECT_NE(bad.output.find("the old one stays in force"), std::string::npos) << bad.output;
    EXPECT_EQ(test::http_call(other, {"GET", "/ready"}).status, 200);
    folder.write("hrbridge.yaml", socket + "store: {kind: [\n");
    const test::Finished broken = ask(folder, "reload");
    EXPECT_EQ(broken.code, 2) << "it would have gone to the daemon of the usual socket";
    EXPECT_NE(broken.output.find("hrbridge.yaml:"), std::string::npos) << broken.output;
    daemon.signal(SIGTERM);
    EXPECT_EQ(exit_of(daemon), 0);
}

}  // namespace
}  // namespace hrbridge::app
