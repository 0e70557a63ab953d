#include "daemon/base/text.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

TEST(Utf8, AcceptsEveryWellFormedLength) {
    for (const std::string text : {"",
                                   "plain ascii, longer than a word",
                                   "é",
                                   "张三",
                                   "👍",
                                   "mixed 张三 and 👍 and é at the end of a longer text",
                                   "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80",
                                   "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"}) {
        EXPECT_TRUE(is_valid_utf8(text)) << text;
    }
    EXPECT_TRUE(is_valid_utf8(std::string_view("a\0b", 3)));
}

TEST(Utf8, RefusesWhatIsMalformed) {
    const std::vector<std::string> wrong{
        "\x80",              // a lone continuation
        "\xC0\x80",          // overlong
        "\xC1\xBF",          // overlong
        "\xE0\x9F\xBF",      // overlong
        "\xF0\x8F\xBF\xBF",  // overlong
        "\xED\xA0\x80",      // a surrogate
        "\xF4\x90\x80\x80",  // beyond U+10FFFF
        "\xF5\x80\x80\x80",
        "\xFF",
        "\xE5\xBC",  // cut
        "\xE5\xBC\x41",
        "\xF0\x9F\x91",
        "\xD5\xC5\xC8\xFD",  // 张三 in GB18030
        "12345678\xFF",      // behind a whole word
    };
    for (const std::string& text : wrong) {
        EXPECT_FALSE(is_valid_utf8(text)) << to_hex(text);
        EXPECT_FALSE(is_valid_utf8("prefix " + text + " suffix")) << to_hex(text);
    }
}

TEST(CodePoints, CountsCharactersAndNotBytes) {
    EXPECT_EQ(code_points(""), 0U);
    EXPECT_EQ(code_points("abc"), 3U);
    EXPECT_EQ(code_points("张三 👍"), 4U);
}

TEST(Shorten, CutsBetweenCharacters) {
    EXPECT_EQ(shorten("short", 5), "short");
    EXPECT_EQ(shorten("longer", 5), "lo…");
    EXPECT_EQ(shorten("张三李四", 9), "张三…");
    EXPECT_EQ(shorten("张三李四", 8), "张…");
    EXPECT_EQ(shorten("张三", 2), "");
    EXPECT_EQ(shorten("abc", 2), "ab");
    EXPECT_EQ(shorten("abcd", 3), "…");
    EXPECT_EQ(shorten("abc", 0), "");
    for (std::size_t bytes = 0; bytes < 20; ++bytes) {
        const std::string cut = shorten("a张b三👍c李d四", bytes);
        EXPECT_LE(cut.size(), bytes);
        EXPECT_TRUE(is_valid_utf8(cut)) << bytes;
    }
}

TEST(Trim, TakesAsciiBlanksOnly) {
    EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
    EXPECT_EQ(trim(""), "");
    EXPECT_EQ(trim(" \n "), "");
    EXPECT_EQ(trim("　a"), "　a");
}

TEST(Case, ChangesAsciiLettersOnly) {
    EXPECT_EQ(to_lower_ascii("ABC-Zz É张@["), "abc-zz É张@[");
    EXPECT_EQ(to_upper_ascii("abc-Zz é张`{"), "ABC-ZZ é张`{");
}

TEST(Split, KeepsEmptyParts) {
    EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
    EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
    EXPECT_EQ(split("abc", ','), (std::vector<std::string_view>{"abc"}));
}

TEST(Hex, ReadsBackWhatItWrites) {
    const std::string bytes("\x00\x7F\x80\xFF", 4);
    EXPECT_EQ(to_hex(bytes), "007f80ff");
    EXPECT_EQ(from_hex("007F80fF"), bytes);
    EXPECT_EQ(from_hex(""), "");
    EXPECT_EQ(from_hex("0"), std::nullopt);
    EXPECT_EQ(from_hex("0g"), std::nullopt);
    EXPECT_EQ(from_hex("-1"), std::nullopt);
}

// RFC 4648, section 10.
TEST(Base64, AgreesWithTheVectorsOfTheStandard) {
    const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : vectors) {
        EXPECT_EQ(to_base64(plain), coded);
        EXPECT_EQ(from_base64(coded), plain);
    }
    EXPECT_EQ(to_base64("\xFB\xFF\xFE"), "+//+");
}

TEST(Base64, AcceptsMissingPaddingAndTrailingBits) {
    EXPECT_EQ(from_base64("Zg"), "f");
    EXPECT_EQ(from_base64("Zm8"), "fo");
    EXPECT_EQ(from_base64("Zh=="), "f");
    // A WeCom EncodingAESKey: 43 characters that are 32 bytes and two bits.
    EXPECT_EQ(from_base64(std::string(42, 'A') + "B").value(), std::string(32, '\0'));
}

TEST(Base64, RefusesEverythingElse) {
    for (const char* wrong : {"Z",
                              "Zg=",
                              "Z===",
                              "Zm9v=",
                              "Zm9vY",
                              "Zg==Zg==",
                              "Zm 9v",
                              "Zm9v\n",
                              "Zm-_",
                              "====",
                              "=",
                              "张三"}) {
        EXPECT_EQ(from_base64(wrong), std::nullopt) << wrong;
    }
}

TEST(Mask, ShowsTheEndsAndNeverAll) {
    EXPECT_EQ(mask(""), "");
    EXPECT_EQ(mask("张"), "*");
    EXPECT_EQ(mask("张三"), "张*");
    EXPECT_EQ(mask("诸葛孔明"), "诸**明");
    EXPECT_EQ(mask("13800138000"), "1*********0");
    EXPECT_EQ(mask("👍x👍"), "👍*👍");
}

TEST(Text, NamesAreOneWhateverTheCaseOfTheirAsciiLetters) {
    EXPECT_TRUE(same_name("Emp_No", "eMP_nO"));
    EXPECT_TRUE(same_name("工号", "工号"));
    EXPECT_TRUE(same_name("", ""));
    EXPECT_FALSE(same_name("emp_no", "emp_n"));
    EXPECT_FALSE(same_name("[", "{"));
    EXPECT_FALSE(same_name("É", "é"));
}

}  // namespace
}  // namespace hrbridge::base
