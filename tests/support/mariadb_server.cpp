#include "tests/support/mariadb_server.h"

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include "tests/support/https_server.h"

namespace hrbridge::test {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kPollEvery{100};

void give_to(const std::filesystem::path& folder, const std::string& user) {
    if (::geteuid() != 0) {
        return;
    }
    const passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr || ::chown(folder.c_str(), entry->pw_uid, entry->pw_gid) != 0) {
        throw std::runtime_error("cannot give " + folder.string() + " to " + user);
    }
}

}  // namespace

MariadbServer& MariadbServer::instance() {
    static MariadbServer server;
    return server;
}

MariadbServer::MariadbServer(Transport transport)
    : user_("mysql"), transport_(transport), port_(free_port()) {
    if (transport_ == Transport::Tls) {
        make_certificates(folder_.path().string());
    }
    give_to(folder_.path(), user_);
    // A bootstrap clears what it takes for its own remains in the folder for temporary tables, so
    // two of them must not share one.
    const std::string scratch = "--tmpdir=" + folder_.path().string();
    const Finished made = run({{"mariadb-install-db",
                                "--no-defaults",
                                "--datadir=" + folder_.file("data"),
                                scratch,
                                "--auth-root-authentication-method=normal",
                                "--skip-test-db"},
                               {},
                               folder_.path().string(),
                               user_,
                               ""});
    if (made.code != 0) {
        throw std::runtime_error("mariadb-install-db failed: " + made.output);
    }
    start();
    execute("mysql",
            std::string("CREATE USER '") + kUser + "'@'127.0.0.1' IDENTIFIED BY '" + kPassword +
                "'; GRANT ALL ON `test\\_%`.* TO '" + kUser + "'@'127.0.0.1';");
}

MariadbServer::~MariadbServer() {
    if (process_) {
        process_->signal(SIGTERM);
        process_->wait();
    }
}

void MariadbServer::start() {
    std::vector<std::string> argv{"mariadbd",
                                  "--no-defaults",
                                  "--datadir=" + folder_.file("data"),
                                  "--tmpdir=" + folder_.path().string(),
                                  "--port=" + std::to_string(port_),
                                  "--bind-address=127.0.0.1",
                                  "--socket=" + folder_.file("server.sock"),
                                  "--skip-name-resolve",
                                  "--pid-file=" + folder_.file("server.pid"),
                                  "--character-set-server=utf8mb4",
                                  "--innodb-buffer-pool-size=256M"};
    if (transport_ == Transport::Tls) {
        argv.insert(argv.end(),
                    {"--ssl-cert=" + folder_.file("server.pem"),
                     "--ssl-key=" + folder_.file("server.key")});
    }
    process_ = std::make_unique<Process>(ProcessOptions{
        std::move(argv), {}, folder_.path().string(), user_, folder_.file("server.log")});
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (run({{"mariadb-admin",
                 "--no-defaults",
                 "--socket=" + folder_.file("server.sock"),
                 "-u",
                 "root",
                 "ping"},
                {},
                "",
                "",
                ""})
               .code != 0) {
        if (process_->ended() || std::chrono::steady_clock::now() > until) {
            throw std::runtime_error("MariaDB did not start: " +
                                     read_file(folder_.file("server.log")));
        }
        std::this_thread::sleep_for(kPollEvery);
    }
}

void MariadbServer::kill() {
    process_->signal(SIGKILL);
    process_->wait();
}

std::string MariadbServer::create_database() {
    const std::string name =
        "test_" + std::to_string(::getpid()) + "_" + std::to_string(++databases_);
    execute("mysql", "CREATE DATABASE " + name + " CHARACTER SET utf8mb4");
    return name;
}

void MariadbServer::drop_database(const std::string& name) {
    execute("mysql", "DROP DATABASE IF EXISTS " + name);
}

std::string MariadbServer::execute(const std::string& database, const std::string& sql) {
    const std::string script = folder_.write("script.sql", sql);
    const Finished done = run({{"mariadb",
                                "--no-defaults",
                                "--socket=" + folder_.file("server.sock"),
                                "-u",
                                "root",
                                "--default-character-set=utf8mb4",
                                "--batch",
                                "-e",
                                "source " + script,
                                database},
                               {},
                               "",
                               "",
                               ""});
    if (done.code != 0) {
        throw std::runtime_error("mariadb: " + done.output);
    }
    return done.output;
}

}  // namespace hrbridge::test
