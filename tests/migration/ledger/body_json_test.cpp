#include "migration/ledger/body_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/migration/ledger/sample_bodies.h"

namespace hrbridge::ledger {
namespace {

std::string why_not(Kind kind, const std::string& text) {
    Note why;
    const auto body = parse_body(kind, text, why);
    return body ? "taken" : why.code + (why.values.empty() ? "" : " " + why.values["field"]);
}

const std::string kRoot(64, 'a');

std::string batch(const std::string& rows, const std::string& more = "") {
    return R"({"content_root":")" + kRoot + R"(","identity":")" + kRoot +
           R"(","mapping":"core_hr/person","rows":)" + rows + more + "}";
}

TEST(BodyJson, GivesBackEveryBodyOfEveryKind) {
    BodyMaker maker(1);
    for (std::size_t kind = 0; kind < BodyMaker::kKinds; ++kind) {
        for (int i = 0; i < 200; ++i) {
            const Body body = maker.make(static_cast<Kind>(kind));
            const std::string text = to_json(body);
            Note why;
            const auto back = parse_body(kind_of(body), text, why);
            ASSERT_TRUE(back) << text << " " << why.code;
            EXPECT_EQ(*back, body) << text;
            EXPECT_EQ(to_json(*back), text);
        }
    }
}

TEST(BodyJson, HasOneTextOnly) {
    EXPECT_EQ(to_json(Batch{
                  "core_hr/person", *Digest::from_hex(kRoot), *Digest::from_hex(kRoot), 50'000}),
              batch("50000"));
    EXPECT_EQ(why_not(Kind::Batch, batch("50000")), "taken");
    for (const char* const rows :
         {"5e4", "050000", "+50000", "5E4", " 50000", "50000 ", "-0", "\"50000\"x"}) {
        EXPECT_EQ(why_not(Kind::Batch, batch(rows)), "body_not_canonical") << rows;
    }
    EXPECT_EQ(why_not(Kind::Batch, batch("1", ",\"rows\":2")), "body_not_canonical");
    EXPECT_EQ(why_not(Kind::Batch, batch("1") + "\n"), "body_not_canonical");
    EXPECT_EQ(why_not(Kind::Batch, batch("1") + batch("1")), "body_not_canonical");
    // "\u0072ows" is the same key to a reader of JSON.
    std::string escaped = batch("1");
    escaped.replace(escaped.find("rows"), 1, "\\u0072");
    EXPECT_EQ(why_not(Kind::Batch, escaped), "body_not_canonical");
    EXPECT_EQ(why_not(Kind::Reveal, R"({"row":")" + kRoot + R"(","draw":1,"field":"pay"})"),
              "body_not_canonical");
}

TEST(BodyJson, RefusesWrongFieldsByName) {
    EXPECT_EQ(why_not(Kind::Batch, batch("1.5")), "body_value rows");
    EXPECT_EQ(why_not(Kind::Batch, batch("1.0")), "body_value rows");
    EXPECT_EQ(why_not(Kind::Batch, batch("-1")), "body_value rows");
    EXPECT_EQ(why_not(Kind::Batch, batch("true")), "body_value rows");
    EXPECT_EQ(why_not(Kind::Batch, batch("null")), "body_value rows");
    EXPECT_EQ(why_not(Kind::Batch, batch("[1]")), "body_value rows");
    EXPECT_EQ(why_not(Kind::Batch, batch("9007199254740991")), "taken");
    EXPECT_EQ(why_not(Kind::Batch, batch("9007199254740992")), "body_value rows");
    EXPECT_EQ(why_not(Kind::Batch, batch("18446744073709551615")), "body_value rows");
    EXPECT_EQ(why_not(Kind::Batch, batch("1", R"(,"zz":1)")), "body_unknown_field");
    EXPECT_EQ(why_not(Kind::Batch, "{}"), "body_missing mapping");
    std::string upper = batch("1");
    upper[upper.find('a', 20)] = 'A';
    EXPECT_EQ(why_not(Kind::Batch, upper), "body_value content_root");
    EXPECT_EQ(why_not(Kind::RehearsalFinished,
                      R"({"content_root":")" + kRoot +
                          R"(","outcome":"passed","rehearsal":1,"rejects":0,"rows":0})"),
              "body_value outcome");
    EXPECT_EQ(why_not(Kind::ProjectOpened,
                      R"({"modules":["a",1],"plan":")" + kRoot + R"(","project":"p"})"),
              "body_value modules");
}

TEST(BodyJson, RefusesWhatIsNoObjectOfAKind) {
    const std::vector<std::string> hostile{"",
                                           "null",
                                           "[]",
                                           "1",
                                           "{",
                                           "{\"a\"",
                                           "\xff",
                                           "{\"a\":\"\xed\xa0\x80\"}",
                                           std::string("{}\0", 3),
                                           std::string(8'000, '[') + std::string(8'000, ']'),
                                           std::string(kMostBodyBytes + 1, ' '),
                                           "{\"a\":NaN}",
                                           "{\"a\":1e999}",
                                           "{\"a\":[[1]]}",
                                           "{/**/}"};
    for (const std::string& text : hostile) {
        EXPECT_EQ(why_not(Kind::Batch, text), "body_not_canonical") << text.substr(0, 40);
    }
}

// Whatever bytes are taken come back as they were.
TEST(BodyJson, TakesNoTextThatItWouldNotWrite) {
    BodyMaker maker(2);
    int taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        const Body body = maker.make();
        std::string text = to_json(body);
        text[maker.below(text.size())] = static_cast<char>(maker.below(256));
        Note why;
        if (const auto back = parse_body(kind_of(body), text, why)) {
            ++taken;
            EXPECT_EQ(to_json(*back), text);
        } else {
            EXPECT_NE(why.code, "");
        }
    }
    EXPECT_GT(taken, 500);
}

TEST(BodyJson, IsRefusedToWhoWritesWhatNobodyWouldRead) {
    EXPECT_THROW(to_json(Batch{"", {}, {}, 0}), std::invalid_argument);
    EXPECT_THROW(to_json(Batch{"a\nb", {}, {}, 0}), std::invalid_argument);
    EXPECT_THROW(to_json(Batch{"\xff", {}, {}, 0}), std::invalid_argument);
    EXPECT_THROW(to_json(Batch{std::string(201, 'a'), {}, {}, 0}), std::invalid_argument);
    EXPECT_THROW(to_json(Batch{"a", {}, {}, -1}), std::invalid_argument);
    EXPECT_THROW(to_json(Batch{"a", {}, {}, std::int64_t{1} << 53}), std::invalid_argument);
}

}  // namespace
}  // namespace hrbridge::ledger
