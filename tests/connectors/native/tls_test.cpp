#include <chrono>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "connectors/native/mariadb_connection.h"
#include "connectors/native/mariadb_connector.h"
#include "tests/connectors/odbc/databases.h"

namespace hrbridge::native {
namespace {

class Tls : public testing::Test {
  protected:
    static test::MariadbServer& server() {
        static test::MariadbServer server(test::MariadbServer::Transport::Tls);
        return server;
    }
    static MariaDbOptions options_of(test::MariadbServer& of) {
        MariaDbOptions options;
        options.name = "erp";
        options.host = "127.0.0.1";
        options.port = of.port();
        options.database = "information_schema";
        options.user = test::MariadbServer::kUser;
        options.password = base::Secret(test::MariadbServer::kPassword);
        return options;
    }
    void check(const MariaDbOptions& options) {
        MariaDbConnector(options, {}, {clock_, log_}).check();
    }

    test::TempDir folder_;
    base::SystemClock clock_;
    test::MemoryLog log_;
};

TEST_F(Tls, IsSpokenWithAServerOfAKnownAuthority) {
    MariaDbOptions options = options_of(server());
    options.tls = MariaDbTls{server().ca_file(), "", ""};
    for (const std::string host : {"127.0.0.1", "localhost"}) {
        options.host = host;
        MariaDbConnection connection(options, 0);
        odbc::Statement statement(connection);
        statement.run("SHOW STATUS LIKE 'Ssl_version'");

        EXPECT_EQ(statement.all_rows().at(0).at(1).value_or("").substr(0, 4), "TLSv");
    }
}

TEST_F(Tls, StopsWhenTheAuthorityIsAnother) {
    MariaDbOptions options = options_of(server());
    options.tls = MariaDbTls{};

    const auto error = odbc::error_of([&] { check(options); });

    EXPECT_EQ(error.remedy(), base::Remedy::Stop) << error.what();
    EXPECT_NE(std::string(error.what()).find("certificate"), std::string::npos) << error.what();
}

TEST_F(Tls, StopsWhenTheCertificateIsOfAnotherName) {
    MariaDbOptions options = options_of(server());
    options.tls = MariaDbTls{server().ca_file(), "", ""};
    options.host = "127.1";  // the same address, which the certificate does not name

    EXPECT_EQ(odbc::error_of([&] { check(options); }).remedy(), base::Remedy::Stop);
}

TEST_F(Tls, StopsWhenTheServerSpeaksNone) {
    MariaDbOptions options = options_of(test::MariadbServer::instance());
    options.tls = MariaDbTls{server().ca_file(), "", ""};

    EXPECT_EQ(odbc::error_of([&] { check(options); }).remedy(), base::Remedy::Stop);
}

TEST_F(Tls, ALoginThatTheServerNeverAnswersIsGivenUp) {
    const test::ProcessOptions mute{
        {"/usr/bin/python3",
         "-c",
         "import socket,sys,time; s=socket.create_server(('127.0.0.1', int(sys.argv[1]))); "
         "open(sys.argv[2], 'w').close(); time.sleep(600)",
         std::to_string(test::free_port()),
         folder_.file("ready")},
        {},
        "",
        "",
        ""};
    const test::Process process(mute);
    while (!std::filesystem::exists(mute.argv[4])) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    MariaDbOptions options = options_of(test::MariadbServer::instance());
    options.port = std::stoi(mute.argv[3]);
    options.login_timeout_s = 1;

    EXPECT_EQ(odbc::error_of([&] { check(options); }).remedy(), base::Remedy::Retry);
}

}  // namespace
}  // namespace hrbridge::native
