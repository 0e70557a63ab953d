#include "connectors/http/json_text.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace hrbridge::http {
namespace {

std::string text_at(const std::string& json, const std::string& pointer) {
    const auto value = check_json(json).at(*parse_pointer(pointer));
    return value ? value->text() : "(none)";
}

bool accepts(const std::string& json) {
    try {
        check_json(json);
        return true;
    } catch (const JsonError&) {
        return false;
    }
}

TEST(JsonText, NumbersStayAsWritten) {
    for (const std::string number :
         {"0.1", "-0", "12345678901234567890123.45", "1e400", "1E+2", "0.10", "-1.5e-7"}) {
        EXPECT_EQ(text_at("{\"v\": " + number + " }", "/v"), number);
    }
}

TEST(JsonText, PointersFindMembersElementsAndEscapedNames) {
    const std::string json = R"({"a":{"b":[10,{"c":"x"}]},"m/n":1,"~":2,"":3,"\u4e2d":4})";

    EXPECT_EQ(text_at(json, "/a/b/0"), "10");
    EXPECT_EQ(text_at(json, "/a/b/1/c"), "x");
    EXPECT_EQ(text_at(json, "/a/b/01"), "(none)");
    EXPECT_EQ(text_at(json, "/a/b/2"), "(none)");
    EXPECT_EQ(text_at(json, "/m~1n"), "1");
    EXPECT_EQ(text_at(json, "/~0"), "2");
    EXPECT_EQ(text_at(json, "/"), "3");
    EXPECT_EQ(text_at(json, "/中"), "4");
    EXPECT_EQ(text_at(json, "/a/b"), R"([10,{"c":"x"}])");
    EXPECT_FALSE(parse_pointer("a"));
    EXPECT_FALSE(parse_pointer("/~2"));
}

TEST(JsonText, StringsAreUnescapedAndNestedValuesCompact) {
    EXPECT_EQ(text_at(R"({"v":"\u4e2d\ud83d\ude00\n\"\\\/"})", "/v"), "中😀\n\"\\/");
    EXPECT_EQ(text_at("{\"v\": [ 1 , {\"a b\" : \" x \"} ] }", "/v"), R"([1,{"a b":" x "}])");
}

TEST(JsonText, TwoMembersOfOneNameAreRefusedHoweverTheyAreWritten) {
    EXPECT_FALSE(accepts(R"({"a":1,"a":2})"));
    EXPECT_FALSE(accepts(R"([{"x":{"a":1,"b":2,"\u0061":3}}])"));
    EXPECT_TRUE(accepts(R"({"a":{"a":1},"b":{"a":1}})"));
}

TEST(JsonText, DepthIsBounded) {
    const std::string deep = std::string(64, '[') + std::string(64, ']');

    EXPECT_TRUE(accepts(deep));
    EXPECT_FALSE(accepts("[" + deep + "]"));
    EXPECT_FALSE(accepts(std::string(2'000'000, '[')));
}

TEST(JsonText, AnErrorNamesTheByte) {
    const auto offset = [](const std::string& json) -> std::size_t {
        try {
            check_json(json);
        } catch (const JsonError& error) {
            return error.offset();
        }
        return 999;
    };

    EXPECT_EQ(offset("{\"a\":\"\xff\"}"), 6U);
    EXPECT_EQ(offset("[1,]"), 3U);
    EXPECT_EQ(offset("[1 2]"), 3U);
    EXPECT_EQ(offset("[1] x"), 4U);
    EXPECT_EQ(offset(""), 0U);
}

// The library accepts the same texts, except those that only we refuse (or it cannot hold).
class JsonAgreesWithALibrary : public testing::TestWithParam<const char*> {};

TEST_P(JsonAgreesWithALibrary, OnWhatIsJson) {
    EXPECT_EQ(accepts(GetParam()), nlohmann::json::accept(GetParam())) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Texts,
                         JsonAgreesWithALibrary,
                         testing::Values("{}",
                                         "[]",
                                         " [ ] ",
                                         "{\"a\":1}",
                                         "{\"a\":}",
                                         "{\"a\"}",
                                         "{a:1}",
                                         "[1,]",
                                         "[,1]",
                                         "{,}",
                                         "{\"a\":1,}",
                                         "01",
                                         "-",
                                         "-1",
                                         "1.",
                                         ".5",
                                         "1e",
                                         "1e+",
                                         "1e5",
                                         "+1",
                                         "tru",
                                         "true",
                                         "nul",
                                         "null",
                                         "TRUE",
                                         "\"\\x\"",
                                         "\"\\u12\"",
                                         "\"\\u12g4\"",
                                         "\"\\ud800\"",
                                         "\"\\udc00\\ud800\"",
                                         "\"\\ud800\\udc00\"",
                                         "\"\t\"",
                                         "\"\x7f\"",
                                         "\"\xc3\xa9\"",
                                         "\"\xc3\"",
                                         "\"\xc0\x80\"",
                                         "\"\xed\xa0\x80\"",
                                         "\"\xf4\x90\x80\x80\"",
                                         "\"\xf0\x9f\x98\x80\"",
                                         "\"",
                                         "\"\\",
                                         "[\"a\"",
                                         "[1}",
                                         "{\"a\":1]",
                                         "[1]]",
                                         "1 2",
                                         "\v1",
                                         "//x\n1",
                                         "NaN",
                                         "[1,2,[3,{\"b\":[]}]]"),
                         [](const auto& test) { return std::to_string(test.index); });

}  // namespace
}  // namespace hrbridge::http
