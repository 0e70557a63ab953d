#include "connectors/wecom/crypto.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::wecom {
namespace {

using nlohmann::json;

MessageCrypto crypto_of(const json& vector, const std::string& receive_id) {
    return MessageCrypto::make(base::Secret(vector["token"].get<std::string>()),
                               base::Secret(vector["encodingAESKey"].get<std::string>()),
                               receive_id)
        .value();
}

std::vector<json> vectors() {
    const json file =
        json::parse(test::read_file(HRBRIDGE_SOURCE_DIR "/tests/connectors/wecom/vectors.json"));
    std::vector<json> all(file["public"].begin(), file["public"].end());
    all.insert(all.end(), file["self_generated"].begin(), file["self_generated"].end());
    return all;
}

std::string text(const json& vector, const char* key) {
    return vector[key].get<std::string>();
}

TEST(MessageCrypto, VerifiesAndDeciphersEveryKnownVector) {
    int count = 0;
    for (const json& vector : vectors()) {
        SCOPED_TRACE(text(vector, "name"));
        const MessageCrypto crypto = crypto_of(vector, text(vector, "receiveid"));
        EXPECT_TRUE(crypto.verify(text(vector, "msg_signature"),
                                  text(vector, "timestamp"),
                                  text(vector, "nonce"),
                                  text(vector, "encrypt")));
        const base::Result<std::string> plain = crypto.decrypt(text(vector, "encrypt"));
        ASSERT_TRUE(plain.ok());
        EXPECT_EQ(*plain, text(vector, "plaintext"));
        ++count;
    }
    EXPECT_EQ(count, 14);
}

TEST(MessageCrypto, EnciphersEveryKnownVectorByteForByte) {
    for (const json& vector : vectors()) {
        SCOPED_TRACE(text(vector, "name"));
        const std::string random = vector.contains("random16")
                                       ? text(vector, "random16")
                                       : *base::from_hex(text(vector, "random_hex"));
        const MessageCrypto crypto = crypto_of(vector, text(vector, "receiveid"));
        EXPECT_EQ(crypto.encrypt(text(vector, "plaintext"), random), text(vector, "encrypt"));
        EXPECT_EQ(crypto.signature(
                      text(vector, "timestamp"), text(vector, "nonce"), text(vector, "encrypt")),
                  text(vector, "msg_signature"));
    }
}

TEST(MessageCrypto, RefusesASignatureWithOneOtherDigit) {
    for (const json& vector : vectors()) {
        std::string nonce = text(vector, "nonce");
        nonce.back() = nonce.back() == '1' ? '2' : '1';
        const MessageCrypto crypto = crypto_of(vector, text(vector, "receiveid"));
        EXPECT_FALSE(crypto.verify(text(vector, "msg_signature"),
                                   text(vector, "timestamp"),
                                   nonce,
                                   text(vector, "encrypt")));
        EXPECT_FALSE(crypto.verify(
            "", text(vector, "timestamp"), text(vector, "nonce"), text(vector, "encrypt")));
    }
}

TEST(MessageCrypto, RefusesAnotherReceiver) {
    for (const json& vector : vectors()) {
        EXPECT_FALSE(crypto_of(vector, "ww0000000000000000").decrypt(text(vector, "encrypt")).ok());
        EXPECT_FALSE(crypto_of(vector, "").decrypt(text(vector, "encrypt")).ok());
    }
}

TEST(MessageCrypto, RefusesCorruptCiphertextWithoutHarm) {
    const json vector = vectors().front();
    const MessageCrypto crypto = crypto_of(vector, text(vector, "receiveid"));
    const std::string cipher = *base::from_base64(text(vector, "encrypt"));
    for (const std::size_t size : {std::size_t{0},
                                   std::size_t{1},
                                   std::size_t{15},
                                   std::size_t{16},
                                   std::size_t{17},
                                   std::size_t{32},
                                   std::size_t{48}}) {
        EXPECT_FALSE(crypto.decrypt(base::to_base64(cipher.substr(0, size))).ok()) << size;
    }
    for (std::size_t i = 0; i < cipher.size(); ++i) {
        std::string changed = cipher;
        changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ 0x01U);
        const base::Result<std::string> plain = crypto.decrypt(base::to_base64(changed));
        EXPECT_TRUE(!plain.ok() || *plain != text(vector, "plaintext") || i < 16) << i;
    }
    EXPECT_FALSE(crypto.decrypt("not base64 at all!").ok());
}

TEST(MessageCrypto, TakesOnlyKeysOfTheConsole) {
    const base::Secret token("t");
    for (const char* key : {"",
                            "short",
                            "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C=",
                            "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2-"}) {
        const auto crypto = MessageCrypto::make(token, base::Secret(key), "ww");
        ASSERT_FALSE(crypto.ok()) << key;
        EXPECT_EQ(crypto.fault().where, "wecom.callback.aes_key");
    }
    EXPECT_FALSE(MessageCrypto::make(base::Secret(),
                                     base::Secret("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"),
                                     "ww")
                     .ok());
}

TEST(MessageCrypto, TurnsEveryLengthThereAndBack) {
    const json vector = vectors().front();
    const MessageCrypto crypto = crypto_of(vector, "ww6a112864f8022910");
    for (std::size_t length = 0; length <= 130; ++length) {
        const std::string message(length, 'm');
        const std::string cipher = crypto.encrypt(message, base::random_bytes(16));
        EXPECT_EQ(base::from_base64(cipher)->size() % 32, 0U);
        EXPECT_EQ(crypto.decrypt(cipher).value(), message);
    }
}

}  // namespace
}  // namespace hrbridge::wecom
