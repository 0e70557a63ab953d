#pragma once

#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::test {

// A MariaDB server of this test program, on loopback and a free port. Started at the first use,
// stopped when the program ends. A server that does not start fails the test.
class MariadbServer {
  public:
    static MariadbServer& instance();

    enum class Transport { Plain, Tls };
    explicit MariadbServer(Transport transport = Transport::Plain);
    MariadbServer(const MariadbServer&) = delete;
    MariadbServer& operator=(const MariadbServer&) = delete;
    ~MariadbServer();

    // A new empty database (utf8mb4); gives its name.
    std::string create_database();
    void drop_database(const std::string& name);
    // Runs SQL by the command line client as the administrator; throws with its output.
    std::string execute(const std::string& database, const std::string& sql);
    int port() const { return port_; }
    // A user who may do everything in databases whose name begins with "test_".
    static constexpr const char* kUser = "hrbridge";
    static constexpr const char* kPassword = "test-password";

    // PEM of the authority of a server with TLS; its certificate is for 127.0.0.1 and localhost.
    std::string ca_file() const { return folder_.file("ca.pem"); }

    void kill();
    void start();

  private:
    TempDir folder_;
    std::string user_;  // of the operating system
    Transport transport_;
    int port_;
    std::unique_ptr<Process> process_;
    int databases_ = 0;
};

}  // namespace hrbridge::test
