#pragma once

#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::test {

// A PostgreSQL server of this test program, on loopback and a free port, with fsync on. Started at
// the first use, stopped when the program ends. A server that does not start fails the test.
class PostgresServer {
  public:
    static PostgresServer& instance();

    PostgresServer();
    // A hot standby of another one, with its data, which it goes on following.
    explicit PostgresServer(const PostgresServer& primary);
    PostgresServer& operator=(const PostgresServer&) = delete;
    ~PostgresServer();

    // A new empty database; gives its name.
    std::string create_database();
    void drop_database(const std::string& name);
    // "host=127.0.0.1 port=… user=hrbridge dbname=…" for libpq; no password is asked.
    std::string connection(const std::string& database) const;
    int port() const { return port_; }
    static constexpr const char* kUser = "hrbridge";

    // As a crash: SIGKILL to the server and all that it forked, then start() again.
    void kill();
    void start();

  private:
    TempDir folder_;
    std::string user_;  // of the operating system
    int port_;
    std::unique_ptr<Process> process_;
    int databases_ = 0;
};

// Full path of a Debian ODBC driver, e.g. "psqlodbca.so"; throws when it is not installed.
std::string odbc_driver(const std::string& library);

}  // namespace hrbridge::test
