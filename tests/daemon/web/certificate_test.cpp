#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "daemon/base/error.h"
#include "daemon/web/server.h"
#include "tests/daemon/web/support/raw_client.h"
#include "tests/support/https_server.h"
#include "tests/support/memory_log.h"
#include "tests/support/raw_http.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::web {
namespace {

using test::RawClient;

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";
constexpr int kOldDays = 30;
constexpr int kNewDays = 90;

// A server over TLS whose files another authority's certificate can be put into.
class Certificate : public testing::Test {
  protected:
    Certificate() {
        test::make_certificates(old_.path().string(), kOldDays);
        test::make_certificates(new_.path().string(), kNewDays);
        put(old_.file("server.pem"), old_.file("server.key"));
        options_.certificate = shown_.file("server.pem");
        options_.key = shown_.file("server.key");
        server_ = std::make_unique<Server>(
            options_, [](const Request&) { return plain_text(200, "here"); }, log_);
    }
    void put(const std::string& certificate, const std::string& key) const {
        constexpr auto kReplace = std::filesystem::copy_options::overwrite_existing;
        std::filesystem::copy_file(certificate, shown_.file("server.pem"), kReplace);
        std::filesystem::copy_file(key, shown_.file("server.key"), kReplace);
    }
    bool is_shown_to(const test::TempDir& who_trusts) const {
        try {
            RawClient client(server_->port(), who_trusts.file("ca.pem"));
            return client.send(kGet) && client.status() == 200;
        } catch (const Poco::Exception&) {
            return false;
        }
    }
    // Why the files are refused; empty when they are not.
    std::string refusal() const {
        try {
            server_->renew_certificate(options_);
            return "";
        } catch (const base::SystemError& error) {
            return error.what();
        }
    }

    test::TempDir old_;
    test::TempDir new_;
    test::TempDir shown_;
    test::MemoryLog log_;
    ServerOptions options_;
    std::unique_ptr<Server> server_;
};

TEST_F(Certificate, IsShownToNewConnectionsWhileThoseThereAreGoOn) {
    RawClient before(server_->port(), old_.file("ca.pem"));
    ASSERT_TRUE(before.send(kGet));
    ASSERT_EQ(before.status(), 200);
    const auto end = server_->certificate_end();
    put(new_.file("server.pem"), new_.file("server.key"));
    EXPECT_TRUE(is_shown_to(old_)) << "nobody looked yet";

    EXPECT_TRUE(server_->renew_certificate(options_));

    EXPECT_TRUE(is_shown_to(new_));
    EXPECT_FALSE(is_shown_to(old_));
    EXPECT_TRUE(before.send(kGet));
    EXPECT_EQ(before.status(), 200);
    EXPECT_EQ(std::chrono::round<std::chrono::days>(*server_->certificate_end() - *end).count(),
              kNewDays - kOldDays);
}

TEST_F(Certificate, ThatIsShownAlreadyIsNotNew) {
    EXPECT_FALSE(server_->renew_certificate(options_));
}

TEST_F(Certificate, MayStandInOtherFiles) {
    ServerOptions others = options_;
    others.certificate = new_.file("server.pem");
    others.key = new_.file("server.key");

    EXPECT_TRUE(server_->renew_certificate(others));

    EXPECT_TRUE(is_shown_to(new_));
    EXPECT_EQ(server_->options().certificate, others.certificate);
    EXPECT_TRUE(server_->listens_as(others));
}

TEST_F(Certificate, WithTheKeyOfAnotherIsRefusedAndTheOldOneStays) {
    put(new_.file("server.pem"), old_.file("server.key"));

    EXPECT_NE(refusal().find("server.key: is not the key of the first certificate"),
              std::string::npos)
        << refusal();

    EXPECT_TRUE(is_shown_to(old_));
    put(new_.file("server.pem"), new_.file("server.key"));
    EXPECT_TRUE(server_->renew_certificate(options_));
    EXPECT_TRUE(is_shown_to(new_));
}

TEST_F(Certificate, OrKeyThatIsNoneIsRefusedAndTheOldOneStays) {
    std::ofstream(shown_.file("server.pem")) << "-----BEGIN CERTIFICATE-----\nAA\n";
    EXPECT_NE(refusal().find("server.pem: holds no certificate"), std::string::npos) << refusal();
    put(old_.file("server.pem"), old_.file("server.pem"));
    EXPECT_NE(refusal().find("server.key: holds no private key"), std::string::npos) << refusal();
    std::filesystem::remove(shown_.file("server.key"));
    EXPECT_NE(refusal().find("server.key: cannot be read"), std::string::npos) << refusal();

    EXPECT_TRUE(is_shown_to(old_));
}

TEST_F(Certificate, IsRefusedWhenItsKeyNeedsAPassphrase) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    std::FILE* const file = std::fopen(shown_.file("server.key").c_str(), "w");
    const unsigned char word[] = "word";
    PEM_write_PrivateKey(file, key.get(), EVP_aes_256_cbc(), word, 4, nullptr, nullptr);
    std::fclose(file);

    EXPECT_NE(refusal().find("without a passphrase"), std::string::npos) << refusal();
    EXPECT_TRUE(is_shown_to(old_));
}

TEST_F(Certificate, MayBeFollowedByThoseOfItsAuthorities) {
    std::ofstream chain(shown_.file("chain.pem"));
    chain << std::ifstream(new_.file("server.pem")).rdbuf()
          << std::ifstream(new_.file("ca.pem")).rdbuf();
    chain.close();
    put(shown_.file("chain.pem"), new_.file("server.key"));

    EXPECT_TRUE(server_->renew_certificate(options_));

    EXPECT_TRUE(is_shown_to(new_));
}

TEST_F(Certificate, TellsBrowsersToComeByNothingElse) {
    RawClient client(server_->port(), old_.file("ca.pem"));
    client.send(kGet);

    EXPECT_NE(client.answer().find("Strict-Transport-Security: max-age=31536000\r\n"),
              std::string::npos);
    ServerOptions other = options_;
    other.strict_transport = std::chrono::hours(0);
    EXPECT_FALSE(server_->listens_as(other)) << "it is told at once";
}

TEST(PlainServer, TellsBrowsersNothingOfTls) {
    test::MemoryLog log;
    const Server server(
        {}, [](const Request&) { return plain_text(200, "here"); }, log);

    EXPECT_EQ(test::http_call(server.port(), {}).head.find("Strict-Transport"), std::string::npos);
}

}  // namespace
}  // namespace hrbridge::web
