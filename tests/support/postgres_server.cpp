#include "tests/support/postgres_server.h"

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

namespace hrbridge::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kPollEvery{30};

std::string server_programs() {
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql")) {
        if (fs::exists(version.path() / "bin" / "postgres")) {
            return (version.path() / "bin").string();
        }
    }
    throw std::runtime_error("PostgreSQL's server is not installed (package postgresql)");
}

void give_to(const fs::path& folder, const std::string& user) {
    if (::geteuid() != 0) {
        return;
    }
    const passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr || ::chown(folder.c_str(), entry->pw_uid, entry->pw_gid) != 0) {
        throw std::runtime_error("cannot give " + folder.string() + " to " + user);
    }
}

bool execute(const std::string& connection, const std::string& sql) {
    PGconn* conn = PQconnectdb(connection.c_str());
    bool ok = PQstatus(conn) == CONNECTION_OK;
    if (ok && !sql.empty()) {
        PGresult* result = PQexec(conn, sql.c_str());
        ok = PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
    }
    PQfinish(conn);
    return ok;
}

}  // namespace

PostgresServer& PostgresServer::instance() {
    static PostgresServer server;
    return server;
}

PostgresServer::PostgresServer() : user_("postgres"), port_(free_port()) {
    give_to(folder_.path(), user_);
    const Finished made = run({{server_programs() + "/initdb",
                                "-D",
                                folder_.file("data"),
                                "-U",
                                kUser,
                                "-A",
                                "trust",
                                "-E",
                                "UTF8",
                                "--locale=C.UTF-8",
                                "--no-sync"},
                               {},
                               folder_.path().string(),
                               user_,
                               ""});
    if (made.code != 0) {
        throw std::runtime_error("initdb failed: " + made.output);
    }
    start();
}

PostgresServer::PostgresServer(const PostgresServer& primary)
    : user_("postgres"), port_(free_port()) {
    give_to(folder_.path(), user_);
    const Finished made = run({{server_programs() + "/pg_basebackup",
                                "-D",
                                folder_.file("data"),
                                "-d",
                                primary.connection("postgres"),
                                "--write-recovery-conf",
                                "--checkpoint=fast",
                                "--no-sync"},
                               {},
                               folder_.path().string(),
                               user_,
                               ""});
    if (made.code != 0) {
        throw std::runtime_error("pg_basebackup failed: " + made.output);
    }
    start();
}

PostgresServer::~PostgresServer() {
    if (process_) {
        process_->signal(SIGINT);  // fast shutdown
        process_->wait();
    }
}

void PostgresServer::start() {
    const ProcessOptions options{{server_programs() + "/postgres",
                                  "-D",
                                  folder_.file("data"),
                                  "-p",
                                  std::to_string(port_),
                                  "-c",
                                  "listen_addresses=127.0.0.1",
                                  "-c",
                                  "unix_socket_directories=" + folder_.path().string(),
                                  "-c",
                                  "max_connections=100",
                                  "-c",
                                  "shared_buffers=256MB",
                                  "-c",
                                  "log_min_messages=fatal"},
                                 {},
                                 folder_.path().string(),
                                 user_,
                                 folder_.file("server.log")};
    process_ = std::make_unique<Process>(options);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!execute(connection("postgres"), "")) {
        if (std::chrono::steady_clock::now() > until) {
            throw std::runtime_error("PostgreSQL did not start: " +
                                     read_file(folder_.file("server.log")));
        }
        std::this_thread::sleep_for(kPollEvery);
        // After a kill the old server's children hold its memory until they see that it is gone;
        // a new server ends at once as long as they do.
        if (process_->ended()) {
            process_ = std::make_unique<Process>(options);
        }
    }
}

void PostgresServer::kill() {
    process_->signal(SIGKILL);  // its children end when they see the postmaster gone
    process_->wait();
}

std::string PostgresServer::create_database() {
    const std::string name =
        "test_" + std::to_string(::getpid()) + "_" + std::to_string(++databases_);
    if (!execute(connection("postgres"), "CREATE DATABASE " + name)) {
        throw std::runtime_error("cannot create database " + name);
    }
    return name;
}

void PostgresServer::drop_database(const std::string& name) {
    execute(connection("postgres"), "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
}

std::string PostgresServer::connection(const std::string& database) const {
    return "host=127.0.0.1 port=" + std::to_string(port_) + " user=" + kUser +
           " dbname=" + database;
}

std::string odbc_driver(const std::string& library) {
    for (const auto& folder : fs::directory_iterator("/usr/lib")) {
        const fs::path file = folder.path() / "odbc" / library;
        std::error_code ignored;
        if (fs::exists(file, ignored)) {
            return file.string();
        }
    }
    throw std::runtime_error("the ODBC driver " + library + " is not installed");
}

}  // namespace hrbridge::test
