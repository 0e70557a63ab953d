#include "daemon/base/seal.h"

#include <set>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::base {
namespace {

constexpr std::string_view kPlace = "person.id_number/AB000123";
constexpr std::string_view kPlain = "11010119900307999X";

Secret key_of(char byte) {
    return Secret(std::string(32, byte));
}

SealKeys one_key(const std::string& id = "k1", char byte = 'a') {
    return SealKeys::make({{id, key_of(byte)}}, id).value();
}

std::string make_fault(std::map<std::string, Secret> keys, std::string current) {
    const auto made = SealKeys::make(std::move(keys), std::move(current));
    return made ? "made" : made.fault().where + ": " + made.fault().what;
}

std::string parse_fault(const std::string& text) {
    const auto parsed = SealKeys::parse(Secret(text));
    return parsed ? "parsed" : parsed.fault().where + ": " + parsed.fault().what;
}

TEST(SealKeys, OpenWhatTheySealed) {
    const SealKeys keys = one_key();
    for (const std::string& plain :
         {std::string(kPlain), std::string(), std::string("a\0b", 3), std::string(100'000, 'x')}) {
        const auto opened = keys.open(keys.seal(plain, kPlace), kPlace);
        ASSERT_TRUE(opened.ok()) << opened.fault().what;
        EXPECT_EQ(*opened, plain);
    }
}

TEST(SealKeys, SealInPlaceWithoutACopyWhereThereIsRoom) {
    const SealKeys keys = one_key(std::string(32, 'k'));
    std::string plain(3'000'000, 'x');
    plain.reserve(plain.size() + SealKeys::kMostBeside);
    const char* const where = plain.data();
    const std::string sealed = keys.seal_in_place(std::move(plain), kPlace);
    EXPECT_EQ(sealed.data(), where);
    EXPECT_EQ(sealed.find("xxxxxxxx"), std::string::npos);
    const auto opened = keys.open(sealed, kPlace);
    ASSERT_TRUE(opened.ok()) << opened.fault().what;
    EXPECT_EQ(*opened, std::string(3'000'000, 'x'));
}

TEST(SealKeys, SealInPlaceAlsoWhatHasNoRoom) {
    const SealKeys keys = one_key();
    for (const std::string& plain : {std::string(), std::string(kPlain)}) {
        const auto opened = keys.open(keys.seal_in_place(plain, kPlace), kPlace);
        ASSERT_TRUE(opened.ok()) << opened.fault().what;
        EXPECT_EQ(*opened, plain);
    }
}

TEST(SealKeys, SealTheSameTextDifferentlyEachTime) {
    const SealKeys keys = one_key();
    std::set<std::string> sealed;
    for (int i = 0; i < 100; ++i) {
        sealed.insert(keys.seal(kPlain, kPlace));
    }
    EXPECT_EQ(sealed.size(), 100U);
}

TEST(SealKeys, WriteTheFormThatTheHeaderStates) {
    const std::string sealed = one_key("key-1").seal(kPlain, kPlace);
    EXPECT_EQ(sealed.substr(0, 7), std::string("\x01\x05key-1"));
    EXPECT_EQ(sealed.size(), 7 + 12 + kPlain.size() + 16);
    EXPECT_EQ(sealed.find(kPlain), std::string::npos);
}

// Opens sealed bytes by the header's words alone, without SealKeys.
TEST(SealKeys, AreAes256GcmWithHeaderAndPlaceAsAssociatedData) {
    const std::string sealed = one_key("k1").seal(kPlain, kPlace);
    const std::string associated = sealed.substr(0, 4) + std::string(kPlace);
    const std::string nonce = sealed.substr(4, 12);
    const std::string ciphertext = sealed.substr(16, kPlain.size());
    std::string tag = sealed.substr(sealed.size() - 16);
    const std::string key(32, 'a');
    const auto octets = [](const std::string& text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    };
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, octets(key), octets(nonce));
    int size = 0;
    EVP_DecryptUpdate(
        context, nullptr, &size, octets(associated), static_cast<int>(associated.size()));
    std::string plain(ciphertext.size(), '\0');
    auto* out = reinterpret_cast<unsigned char*>(plain.data());
    EVP_DecryptUpdate(context, out, &size, octets(ciphertext), static_cast<int>(ciphertext.size()));
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, tag.data());
    EXPECT_EQ(EVP_DecryptFinal_ex(context, out + size, &size), 1);
    EVP_CIPHER_CTX_free(context);
    EXPECT_EQ(plain, kPlain);
}

TEST(SealKeys, RefuseAnotherPlace) {
    const SealKeys keys = one_key();
    const auto opened = keys.open(keys.seal(kPlain, kPlace), "person.id_number/AB000124");
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.fault().where, "person.id_number/AB000124");
}

TEST(SealKeys, RefuseAnotherKeyOfTheSameId) {
    const std::string sealed = one_key("k1", 'a').seal(kPlain, kPlace);
    EXPECT_FALSE(one_key("k1", 'b').open(sealed, kPlace).ok());
}

TEST(SealKeys, NameAKeyThatTheyDoNotHave) {
    const std::string sealed = one_key("k2").seal(kPlain, kPlace);
    const auto opened = one_key("k1").open(sealed, kPlace);
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(opened.fault().what.find("k2"), std::string::npos);
}

TEST(SealKeys, RefuseEveryChangedByteAndEveryCut) {
    const SealKeys keys = one_key();
    const std::string sealed = keys.seal(kPlain, kPlace);
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        std::string changed = sealed;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_FALSE(keys.open(changed, kPlace).ok()) << "byte " << at;
        EXPECT_FALSE(keys.open(sealed.substr(0, at), kPlace).ok()) << "cut at " << at;
    }
    EXPECT_FALSE(keys.open(sealed + "x", kPlace).ok());
}

TEST(SealKeys, OpenOldFieldsWhileANewKeySeals) {
    const SealKeys before = one_key("k1", 'a');
    const std::string old = before.seal(kPlain, kPlace);
    const SealKeys during =
        SealKeys::make({{"k1", key_of('a')}, {"k2", key_of('b')}}, "k2").value();
    const SealKeys after = one_key("k2", 'b');

    EXPECT_EQ(during.open(old, kPlace).value(), kPlain);
    const std::string resealed = during.seal(during.open(old, kPlace).value(), kPlace);
    EXPECT_EQ(after.open(resealed, kPlace).value(), kPlain);
    EXPECT_FALSE(before.open(resealed, kPlace).ok());
    EXPECT_FALSE(after.open(old, kPlace).ok());
}

TEST(SealKeys, DigestEqualTextsEquallyWithinAPurpose) {
    const SealKeys keys = one_key();
    const auto digest = [](const SealKeys& by, std::string_view plain, std::string_view purpose) {
        return by.digest(purpose).of(plain);
    };
    const std::string known = digest(keys, kPlain, "id_number");
    EXPECT_EQ(digest(keys, kPlain, "id_number"), known);
    EXPECT_EQ(known.size(), 32U);
    EXPECT_NE(digest(keys, "other", "id_number"), known);
    EXPECT_NE(digest(keys, kPlain, "phone"), known);
    EXPECT_NE(digest(one_key("k1", 'b'), kPlain, "id_number"), known);
}

// The key that seals is none that digests: HMAC under it would be of one use with sealed bytes.
TEST(SealKeys, DigestUnderAKeyThatIsDerivedForThePurpose) {
    const std::string derived = KeyedDigest(key_of('a')).of("hrbridge digest 1 id_number");
    EXPECT_EQ(one_key().digest("id_number").of(kPlain), KeyedDigest(Secret(derived)).of(kPlain));
    EXPECT_NE(one_key().digest("id_number").of(kPlain), KeyedDigest(key_of('a')).of(kPlain));
}

TEST(SealKeys, DigestAsBeforeWhenANewKeySeals) {
    const std::string older(SealKeys::generate("2024").reveal());
    const std::string newer(SealKeys::generate("2025").reveal());
    const std::string newest(SealKeys::generate("2026").reveal());
    const auto digest = [](const std::string& file) {
        return SealKeys::parse(Secret(file)).value().digest("row").of(kPlain);
    };
    EXPECT_EQ(digest(newer + "\n" + older), digest(older));
    EXPECT_EQ(digest(newest + "\n" + newer + "\n" + older + "\n"), digest(older));
    EXPECT_NE(digest(newer), digest(older));
}

TEST(SealKeys, AreMadeOnlyOfWellFormedKeys) {
    EXPECT_EQ(make_fault({{"k1", Secret("short")}}, "k1"), "key k1: a key has 32 bytes, not 5");
    EXPECT_NE(make_fault({{"K 1", key_of('a')}}, "K 1").find("a-z"), std::string::npos);
    EXPECT_NE(make_fault({{std::string(33, 'a'), key_of('a')}}, "k1").find("a-z"),
              std::string::npos);
    EXPECT_NE(make_fault({{"k1", key_of('a')}}, "k2").find("not among"), std::string::npos);
    EXPECT_NE(make_fault({}, "k1"), "made");
    EXPECT_EQ(SealKeys::make({{"k1", key_of('a')}}, "k1", "k2").fault().what,
              "the eldest key is not among the keys");
}

TEST(SealKeys, AreReadFromAFileWhoseFirstLineIsCurrent) {
    const std::string newer(SealKeys::generate("2025").reveal());
    const std::string older(SealKeys::generate("2024").reveal());
    const SealKeys old_keys = SealKeys::parse(Secret(older)).value();
    const SealKeys keys = SealKeys::parse(Secret(newer + "\n\n" + older + "\r\n")).value();
    EXPECT_EQ(keys.current(), "2025");
    EXPECT_EQ(keys.open(old_keys.seal(kPlain, kPlace), kPlace).value(), kPlain);
}

TEST(SealKeys, GenerateADifferentKeyEachTime) {
    EXPECT_NE(SealKeys::generate("k").reveal(), SealKeys::generate("k").reveal());
}

TEST(SealKeys, SayWhichLineOfTheFileIsWrongAndNeverShowIt) {
    const std::string good(SealKeys::generate("k1").reveal());
    EXPECT_NE(parse_fault(good + "\nno-colon").find("line 2"), std::string::npos);
    EXPECT_NE(parse_fault(good + "\nk2:***").find("line 2"), std::string::npos);
    EXPECT_NE(parse_fault(good + "\n" + good).find("twice"), std::string::npos);
    EXPECT_NE(parse_fault("\n \n").find("no key"), std::string::npos);
    const std::string short_key = "k1:" + to_base64("too short, but a secret");
    EXPECT_EQ(parse_fault(short_key).find("too short, but"), std::string::npos);
    EXPECT_EQ(parse_fault(short_key).find(to_base64("too short, but a secret")), std::string::npos);
    EXPECT_NE(parse_fault(short_key), "parsed");
}

TEST(SealKeys, HaveACheckValueThatTellsAnotherKeyUnderTheSameIdAndStaysTheSameOverReleases) {
    const SealKeys keys = one_key("k1", 'a');
    // hmac(hmac(b"a" * 32, b"hrbridge digest 1 seal key check"), b"k1") in Python's hmac module.
    EXPECT_EQ(to_hex(keys.check_value("k1")),
              "e6fb7efc7937ff36c08acf354ba2f969d0822de9da681e9a9e781fa320c78139");
    EXPECT_NE(keys.check_value("k1"), one_key("k1", 'b').check_value("k1"));
    EXPECT_NE(keys.check_value("k1"), one_key("k2", 'a').check_value("k2"));
    EXPECT_NE(keys.check_value("k1"), keys.digest("id_number").of("k1"));
}

TEST(SealKeys, BeginWhatTheySealWithTheirId) {
    EXPECT_EQ(one_key("k1", 'a').seal(kPlain, kPlace).substr(0, 4), SealKeys::sealed_prefix("k1"));
}

}  // namespace
}  // namespace hrbridge::base
