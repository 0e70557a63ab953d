#include "mappings/engine/charset.h"

#include <array>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <iconv.h>

namespace hrbridge::engine {
namespace {

struct Decoded {
    DecodeReport report;
    std::string text;
};

Decoded decode(const Decoder& decoder, std::string_view bytes) {
    std::string buffer;
    std::string_view out;
    Decoded decoded{decoder.decode(bytes, buffer, out), ""};
    decoded.text = out;
    return decoded;
}

Decoded decode(const char* charset, std::string_view bytes) {
    return decode(Decoder::make(charset).value(), bytes);
}

// The C library's converter, which shares no table with ours.
class Iconv {
  public:
    explicit Iconv(const char* charset) : handle_(iconv_open("UTF-8", charset)) {}
    Iconv(const Iconv&) = delete;
    Iconv& operator=(const Iconv&) = delete;
    ~Iconv() { iconv_close(handle_); }

    std::optional<std::string> convert(std::string bytes) {
        std::array<char, 64> room{};
        char* in = bytes.data();
        char* out = room.data();
        std::size_t in_left = bytes.size();
        std::size_t out_left = room.size();
        iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        if (iconv(handle_, &in, &in_left, &out, &out_left) != 0) {
            return std::nullopt;
        }
        return std::string(room.data(), room.size() - out_left);
    }

  private:
    iconv_t handle_;
};

TEST(Charset, EveryTwoByteGbkCodeIsWhatTheCLibraryReads) {
    const Decoder decoder = Decoder::make("gbk").value();
    Iconv oracle("CP936");
    std::set<std::string> differing;
    int valid = 0;
    for (int lead = 0x81; lead <= 0xFE; ++lead) {
        for (int trail = 0x40; trail <= 0xFF; ++trail) {
            const std::string bytes{static_cast<char>(lead), static_cast<char>(trail)};
            const Decoded own = decode(decoder, bytes);
            const auto other = oracle.convert(bytes);
            valid += other ? 1 : 0;
            if (own.report.ok != other.has_value() || (other && *other != own.text)) {
                std::array<char, 8> name{};
                std::snprintf(name.data(), name.size(), "%02X%02X", lead, trail);
                differing.insert(name.data());
            }
        }
    }
    EXPECT_GT(valid, 21'000);
    EXPECT_TRUE(differing.empty()) << differing.size() << " codes, first " << *differing.begin();
}

TEST(Charset, EveryTwoAndFourByteGb18030CodeIsWhatTheCLibraryReadsOrPrivateUse) {
    const Decoder decoder = Decoder::make("gb18030").value();
    Iconv oracle("GB18030");
    int compared = 0;
    int differing = 0;
    const auto compare = [&](const std::string& bytes) {
        const Decoded own = decode(decoder, bytes);
        const auto other = oracle.convert(bytes);
        // The two know different editions: a few codes that one of them leaves in private use.
        const bool edition = own.report.private_use || (other && *other != own.text);
        ++compared;
        differing += own.report.ok != other.has_value() && !edition ? 1 : 0;
        if (other && own.report.ok && *other != own.text) {
            ++differing;
        }
    };
    for (int lead = 0x81; lead <= 0xFE; ++lead) {
        for (int trail = 0x40; trail <= 0xFE; ++trail) {
            compare({static_cast<char>(lead), static_cast<char>(trail)});
        }
    }
    for (int index = 0; index < 39420; ++index) {
        compare({static_cast<char>(0x81 + index / 12600),
                 static_cast<char>(0x30 + index / 1260 % 10),
                 static_cast<char>(0x81 + index / 10 % 126),
                 static_cast<char>(0x30 + index % 10)});
    }
    EXPECT_GT(compared, 60'000);
    // GB 18030-2005 moved 80 characters out of private use; editions differ in those alone.
    EXPECT_LE(differing, 120) << "of " << compared;
}

TEST(Charset, AaF7FailsInGbkAndIsPrivateUseInGb18030) {
    const Decoded gbk = decode("gbk", "\xD5\xC5\xAA\xF7");
    EXPECT_FALSE(gbk.report.ok);
    EXPECT_EQ(gbk.report.offset, 2U);

    const Decoded gb18030 = decode("gb18030", "\xAA\xF7");
    EXPECT_TRUE(gb18030.report.ok);
    EXPECT_TRUE(gb18030.report.private_use);
    EXPECT_EQ(gb18030.text, "\xEE\x81\x96");  // U+E056
}

TEST(Charset, FourByteSequencesReachTheWholeOfUnicode) {
    EXPECT_EQ(decode("gb18030", "\x95\x32\x82\x36").text, "\xF0\xA0\x80\x80");  // U+20000
    EXPECT_EQ(decode("gb18030", "\x90\x30\x81\x30").text, "\xF0\x90\x80\x80");  // U+10000
    EXPECT_EQ(decode("gb18030", "\xE3\x32\x9A\x35").text, "\xF4\x8F\xBF\xBF");  // U+10FFFF
    EXPECT_FALSE(decode("gb18030", "\xE3\x32\x9A\x36").report.ok);
    EXPECT_FALSE(decode("gbk", "\x95\x32\x82\x36").report.ok);
    const Decoded replacement = decode("gb18030", "\x84\x31\xA4\x37");  // U+FFFD
    EXPECT_TRUE(replacement.report.ok);
    EXPECT_TRUE(replacement.report.replacement);
}

TEST(Charset, TruncatedSequencesFailWhereTheyBegin) {
    for (const std::string_view bytes : {"ab\xD5", "ab\x95\x32", "ab\x95\x32\x82"}) {
        const Decoded decoded = decode("gb18030", bytes);
        EXPECT_FALSE(decoded.report.ok);
        EXPECT_EQ(decoded.report.offset, 2U);
    }
    EXPECT_FALSE(decode("utf-8", "ab\xE5\xBC").report.ok);
}

TEST(Charset, Utf8IsStrict) {
    EXPECT_TRUE(decode("utf-8", "张三 \xF0\xA0\x80\x80").report.ok);
    for (const std::string_view bytes : {"\xC0\x80",          // overlong
                                         "\xE0\x80\xAF",      // overlong
                                         "\xED\xA0\x80",      // surrogate
                                         "\xF4\x90\x80\x80",  // above U+10FFFF
                                         "\xFF",
                                         "\x80"}) {
        EXPECT_FALSE(decode("utf-8", bytes).report.ok);
    }
    EXPECT_TRUE(decode("utf-8", "\xEF\xBF\xBD").report.replacement);
    EXPECT_TRUE(decode("utf-8", "\xEE\x80\x80").report.private_use);
    EXPECT_TRUE(decode("utf-8", "\xF3\xB0\x80\x80").report.private_use);
}

TEST(Charset, NulIsAnErrorInEveryCharset) {
    for (const std::string& charset : charset_names()) {
        const Decoded decoded = decode(charset.c_str(), std::string_view("0123456789\0x", 12));
        EXPECT_FALSE(decoded.report.ok) << charset;
        EXPECT_EQ(decoded.report.offset, 10U) << charset;
    }
}

TEST(Charset, Latin1MapsEveryByteToItsCodePoint) {
    EXPECT_EQ(decode("latin1", "M\xFCller").text, "Müller");
    EXPECT_EQ(decode("latin1", "\x80").text, "\xC2\x80");
    EXPECT_FALSE(Decoder::make("big5").has_value());
}

TEST(Charset, GbkReadsTheEuroSignOfCodePage936) {
    EXPECT_EQ(decode("gbk", "\x80").text, "€");
    EXPECT_FALSE(decode("gb18030", "\x80").report.ok);
    EXPECT_FALSE(decode("gbk", "\xFF").report.ok);
}

}  // namespace
}  // namespace hrbridge::engine
