#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "connectors/wecom/crypto.h"
#include "daemon/base/ids.h"
#include "tests/support/wecom_peer.h"

namespace hrbridge::wecom {
namespace {

using nlohmann::json;

constexpr int kMessages = 1000;

struct Case {
    std::string token;
    std::string key;
    std::string id;
    std::string timestamp;
    std::string nonce;
    std::string message;

    MessageCrypto crypto() const {
        return MessageCrypto::make(base::Secret(token), base::Secret(key), id).value();
    }
};

std::string random_text(std::mt19937& random, std::size_t length, std::string_view letters) {
    std::uniform_int_distribution<std::size_t> index(0, letters.size() - 1);
    std::string text;
    for (std::size_t i = 0; i < length; ++i) {
        text += letters[index(random)];
    }
    return text;
}

// Lengths around every padding, ASCII, Chinese and four-byte characters.
std::string random_message(std::mt19937& random) {
    const std::vector<std::string> pieces{"a", "7", "<", "]]>", "&", "\n", "绩", "效", "é", "😀"};
    std::uniform_int_distribution<std::size_t> index(0, pieces.size() - 1);
    const int length = std::uniform_int_distribution<int>(0, 400)(random);
    std::string text;
    for (int i = 0; i < length; ++i) {
        text += pieces[index(random)];
    }
    return text;
}

std::vector<Case> cases() {
    constexpr std::string_view kLetters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::mt19937 random(20240506);
    std::vector<Case> all;
    for (int i = 0; i < kMessages; ++i) {
        Case one;
        one.token = random_text(random, 1 + static_cast<std::size_t>(i % 32), kLetters);
        one.key = random_text(random, 43, kLetters);
        one.id = "ww" + random_text(random, 16, "0123456789abcdef");
        one.timestamp = std::to_string(1'700'000'000 + i);
        one.nonce = random_text(random, 10, kLetters);
        one.message = random_message(random);
        all.push_back(std::move(one));
    }
    return all;
}

json request_of(const Case& one, const std::string& op) {
    return {{"op", op},
            {"token", one.token},
            {"key", one.key},
            {"id", one.id},
            {"timestamp", one.timestamp},
            {"nonce", one.nonce}};
}

TEST(Peer, ReadsAThousandMessagesThatWeEnciphered) {
    const std::vector<Case> all = cases();
    std::vector<json> requests;
    for (const Case& one : all) {
        json request = request_of(one, "decrypt");
        request["cipher"] = one.crypto().encrypt(one.message, base::random_bytes(16));
        requests.push_back(std::move(request));
    }
    const std::vector<json> answers = test::ask_wecom_peer(requests);
    ASSERT_EQ(answers.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(answers[i]["message"], all[i].message) << i;
        EXPECT_EQ(answers[i]["id"], all[i].id) << i;
        EXPECT_EQ(answers[i]["signature"],
                  all[i].crypto().signature(
                      all[i].timestamp, all[i].nonce, requests[i]["cipher"].get<std::string>()))
            << i;
    }
}

TEST(Peer, WritesAThousandMessagesThatWeDecipher) {
    const std::vector<Case> all = cases();
    std::vector<json> requests;
    for (const Case& one : all) {
        json request = request_of(one, "encrypt");
        request["message"] = one.message;
        requests.push_back(std::move(request));
    }
    const std::vector<json> answers = test::ask_wecom_peer(requests);
    ASSERT_EQ(answers.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string cipher = answers[i]["cipher"];
        const MessageCrypto crypto = all[i].crypto();
        EXPECT_TRUE(crypto.verify(
            answers[i]["signature"].get<std::string>(), all[i].timestamp, all[i].nonce, cipher))
            << i;
        const base::Result<std::string> plain = crypto.decrypt(cipher);
        ASSERT_TRUE(plain.ok()) << i;
        EXPECT_EQ(*plain, all[i].message) << i;
    }
}

}  // namespace
}  // namespace hrbridge::wecom
