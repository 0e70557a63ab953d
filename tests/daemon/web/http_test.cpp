#include "daemon/web/http.h"

#include <gtest/gtest.h>

namespace hrbridge::web {
namespace {

TEST(Form, GivesDecodedFieldsAndTheLastOfARepeatedName) {
    const auto form = parse_form("name=%E4%BD%A0+%26&empty=&flag&name2=a%3Db&name=%41");

    ASSERT_TRUE(form);
    EXPECT_EQ(*form,
              (std::map<std::string, std::string>{
                  {"name", "A"}, {"empty", ""}, {"flag", ""}, {"name2", "a=b"}}));
}

TEST(Form, RefusesBrokenEscapesForeignBytesAndNul) {
    for (const char* text : {"a=%", "a=%4", "a=%zz", "%=a", "a=%ff", "a=%c0%af", "a=%00b"}) {
        EXPECT_FALSE(parse_form(text)) << text;
    }
}

TEST(Form, RefusesMoreFieldsThanAFormHas) {
    std::string text = "a=1";
    for (int i = 0; i < 200; ++i) {
        text += "&a=1";
    }

    EXPECT_FALSE(parse_form(text));
    EXPECT_TRUE(parse_form(text.substr(4)));
}

TEST(Cookies, AreReadByNameAndTheFirstOfANameHolds) {
    const auto cookies = parse_cookies("a=1; hrbridge_session=x=y ;junk; a=2");

    EXPECT_EQ(cookies.at("a"), "1");
    EXPECT_EQ(cookies.at("hrbridge_session"), "x=y");
    EXPECT_EQ(cookies.size(), 2U);
}

TEST(Address, CarriesValuesThatComeBackAsTheyWere) {
    const std::map<std::string, std::string> query{{"mapping", "erp/人员 & co"}, {"x", "1=2#?"}};
    const std::string text = address("/rejects", query);

    EXPECT_EQ(text.find_first_of(" #<>\""), std::string::npos) << text;
    EXPECT_EQ(parse_form(text.substr(text.find('?') + 1)), query);
    EXPECT_EQ(address("/runs", {}), "/runs");
}

TEST(LocalAddress, IsAPathOfThisServerOnly) {
    for (const char* good : {"/", "/findings/12", "/rejects?mapping=erp%2Fperson&lang=en"}) {
        EXPECT_TRUE(is_local_address(good)) << good;
    }
    for (const char* bad : {"",
                            "findings",
                            "//evil.example",
                            "/\\evil.example",
                            "\\\\evil.example",
                            "https://evil.example",
                            "javascript:alert(1)",
                            "/a\r\nSet-Cookie: x=1",
                            "/a\tb",
                            "/findings/人"}) {
        EXPECT_FALSE(is_local_address(bad)) << bad;
    }
    EXPECT_FALSE(is_local_address("/" + std::string(3000, 'a')));
}

}  // namespace
}  // namespace hrbridge::web
