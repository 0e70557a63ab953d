#include "migration/ledger/key_ring.h"

#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::ledger {
namespace {

base::Secret joined(const PrivateKey& first, const PrivateKey& second) {
    return base::Secret(std::string(first.to_pem().reveal()) +
                        std::string(second.to_pem().reveal()));
}

std::string fault(const std::string& text) {
    const auto ring = KeyRing::parse(base::Secret(text));
    return ring ? "" : ring.fault().what;
}

std::string made_by_openssl(const test::TempDir& folder, std::vector<std::string> arguments) {
    const std::string file = folder.file("key.pem");
    arguments.insert(arguments.begin(), {"openssl", "genpkey", "-out", file});
    const auto made = test::run({arguments, {}, "", "", folder.file("out")});
    EXPECT_EQ(made.code, 0) << made.output;
    return test::read_file(file);
}

TEST(KeyRing, TakesTheKeyThatOpensslMakes) {
    const test::TempDir folder;
    const std::string pem = made_by_openssl(folder, {"-algorithm", "ed25519"});
    const auto ring = KeyRing::parse(base::Secret(pem));
    ASSERT_TRUE(ring) << ring.fault().what;
    EXPECT_EQ(std::string(ring->current().to_pem().reveal()), pem);
    EXPECT_TRUE(ring->current().public_key().verifies("m", ring->current().sign("m")));
}

TEST(KeyRing, SealsWithTheFirstOfSeveralKeys) {
    const PrivateKey older = PrivateKey::generate();
    const PrivateKey newer = PrivateKey::generate();
    const auto ring = KeyRing::parse(joined(newer, older));
    ASSERT_TRUE(ring);
    EXPECT_EQ(ring->current().public_key(), newer.public_key());
    ASSERT_NE(ring->find(older.public_key()), nullptr);
    EXPECT_EQ(ring->find(PrivateKey::generate().public_key()), nullptr);
    EXPECT_EQ(ring->public_keys(),
              (std::vector<PublicKey>{newer.public_key(), older.public_key()}));
}

TEST(KeyRing, SaysWhatIsWrongWithoutTheText) {
    const test::TempDir folder;
    const std::string pem(PrivateKey::generate().to_pem().reveal());
    EXPECT_NE(fault("k1:c2VjcmV0").find("holds no PEM private key"), std::string::npos);
    EXPECT_EQ(fault("k1:c2VjcmV0").find("c2VjcmV0"), std::string::npos);
    EXPECT_NE(fault(pem.substr(0, 60)).find("private key"), std::string::npos);
    EXPECT_NE(
        fault(made_by_openssl(folder, {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}))
            .find("not an Ed25519 key"),
        std::string::npos);
    EXPECT_NE(fault(made_by_openssl(
                        folder, {"-algorithm", "ed25519", "-aes-256-cbc", "-pass", "pass:secret"}))
                  .find("encrypted"),
              std::string::npos);
    std::string many;
    for (int i = 0; i < 17; ++i) {
        many += pem;
    }
    EXPECT_NE(fault(many).find("more than 16 keys"), std::string::npos);
}

TEST(PublicKey, VerifiesNothingButItsOwnSignature) {
    const PrivateKey key = PrivateKey::generate();
    const std::string signature = key.sign("message");
    EXPECT_TRUE(key.public_key().verifies("message", signature));
    EXPECT_FALSE(key.public_key().verifies("messagf", signature));
    EXPECT_FALSE(key.public_key().verifies("message", signature.substr(1)));
    EXPECT_FALSE(key.public_key().verifies("message", ""));
    EXPECT_FALSE(PrivateKey::generate().public_key().verifies("message", signature));
    for (std::size_t at = 0; at < signature.size(); ++at) {
        std::string other = signature;
        other[at] = static_cast<char>(other[at] ^ 1);
        EXPECT_FALSE(key.public_key().verifies("message", other)) << at;
    }
}

}  // namespace
}  // namespace hrbridge::ledger
