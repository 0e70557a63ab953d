#include "daemon/base/yaml.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace hrbridge::base {
namespace {

YamlNode parse(std::string_view text) {
    const auto parsed = parse_yaml(text, "a.yaml");
    EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.fault().where + parsed.fault().what);
    return parsed.ok() ? *parsed : YamlNode();
}

// "where: what" of the fault; "parsed" when there is none.
std::string fault_of(std::string_view text) {
    const auto parsed = parse_yaml(text, "a.yaml");
    return parsed.ok() ? "parsed" : parsed.fault().where + ": " + parsed.fault().what;
}

TEST(ParseYaml, KeepsScalarsAsText) {
    const YamlNode root = parse("answer: no\ncountry: NO\nversion: 1.10\nid: 0123\non: yes\n");
    EXPECT_EQ(root.find("answer")->text, "no");
    EXPECT_EQ(root.find("country")->text, "NO");
    EXPECT_EQ(root.find("version")->text, "1.10");
    EXPECT_EQ(root.find("id")->text, "0123");
    EXPECT_EQ(root.find("on")->text, "yes");
    EXPECT_EQ(root.find("off"), nullptr);
}

TEST(ParseYaml, TellsQuotedTextFromPlainAndNull) {
    const YamlNode root = parse("a: \"null\"\nb: null\nc:\nd: ~\ne: ''\nf: 'x'\n");
    EXPECT_TRUE(root.find("a")->is_scalar());
    EXPECT_TRUE(root.find("a")->quoted);
    for (const char* key : {"b", "c", "d"}) {
        EXPECT_EQ(root.find(key)->kind, YamlNode::Kind::Null) << key;
    }
    EXPECT_TRUE(root.find("e")->is_scalar());
    EXPECT_EQ(root.find("e")->text, "");
    EXPECT_TRUE(root.find("f")->quoted);
}

TEST(ParseYaml, KnowsTheLineOfEveryKeyAndItem) {
    const YamlNode root =
        parse("one: 1\n\n# a note\ntwo:\n  three: 3\n  list:\n    - a\n    - b\n");
    EXPECT_EQ(root.find("one")->place(), "a.yaml:1");
    EXPECT_EQ(root.find("two")->place(), "a.yaml:4");
    EXPECT_EQ(root.find("two")->column, 1);
    const YamlNode* three = root.find("two")->find("three");
    EXPECT_EQ(three->line, 5);
    EXPECT_EQ(three->column, 3);
    EXPECT_EQ(root.find("two")->find("list")->line, 6);
    EXPECT_EQ(root.find("two")->find("list")->items.at(1).line, 8);
}

TEST(ParseYaml, KeepsTheOrderOfKeys) {
    const YamlNode root = parse("z: 1\na: 2\nm: 3\n");
    std::vector<std::string> keys;
    for (const auto& entry : root.entries) {
        keys.push_back(entry.first);
    }
    EXPECT_EQ(keys, (std::vector<std::string>{"z", "a", "m"}));
}

TEST(ParseYaml, ReadsAnEmptyFileAsNull) {
    for (const char* text : {"", "# only a note\n", "---\n", "null\n"}) {
        EXPECT_EQ(parse(text).kind, YamlNode::Kind::Null) << text;
    }
}

TEST(ParseYaml, RefusesEqualKeysAndNamesBothLines) {
    EXPECT_EQ(fault_of("a: 1\nb: 2\na: 3\n"),
              "a.yaml:3: the key \"a\" stands here and in line 1: keep one");
    EXPECT_EQ(fault_of("x: {a: 1, \"a\": 2}\n").substr(0, 9), "a.yaml:1:");
    EXPECT_EQ(fault_of("x: {a: 1}\ny: {a: 1}\n"), "parsed");
}

TEST(ParseYaml, RefusesWhatHidesMeaning) {
    EXPECT_NE(fault_of("base: &b {a: 1}\nx:\n  <<: *b\n").find("a.yaml:3: merge keys"),
              std::string::npos);
    EXPECT_NE(fault_of("a: 1\nb: !!int 5\n").find("a.yaml:2: a tag"), std::string::npos);
    EXPECT_NE(fault_of("a: !include other.yaml\n").find("a tag"), std::string::npos);
    EXPECT_NE(fault_of("a: 1\n---\nb: 2\n").find("second document"), std::string::npos);
    EXPECT_NE(fault_of("? [a, b]\n: 1\n").find("a key must be"), std::string::npos);
    EXPECT_NE(fault_of("? {a: b}\n: 1\n").find("a key must be"), std::string::npos);
    EXPECT_NE(fault_of("~: 1\n").find("a key must be"), std::string::npos);
}

TEST(ParseYaml, TakesTheWordNullForAKeyBehindAnyText) {
    for (const char* text : {"null: fail\n",
                             "{say: 说明, null: fail}\n",
                             "\xEF\xBB\xBFnull: fail\n",
                             "a: 1\r\nnull: fail\r\n"}) {
        const auto parsed = parse_yaml(text, "a.yaml");

        ASSERT_TRUE(parsed) << text << parsed.fault().what;
        ASSERT_NE(parsed->find("null"), nullptr) << text;
        EXPECT_EQ(parsed->find("null")->text, "fail") << text;
    }
}

TEST(ParseYaml, NamesTheLineOfASyntaxError) {
    EXPECT_EQ(fault_of("a: 1\nb: [1, 2\n").substr(0, 8), "a.yaml:3");
    EXPECT_NE(fault_of("a: 1\n  b: 2\n").find("not valid YAML"), std::string::npos);
    EXPECT_NE(fault_of("a: *nobody\n"), "parsed");
}

TEST(ParseYaml, SeesThatAQuoteIsMissing) {
    for (const char* text : {"a: \"x",
                             "a: \"x\n",
                             "a: 'x\n",
                             "a: \"x\nb: 2\n",
                             "a: \"x\r\nb: 2\r\n",
                             "- 'x\n- y\n  ",
                             "a: {b: \"x\n}\n",
                             "a: \"\n\n\n"}) {
        EXPECT_NE(fault_of(text).find("missing quote"), std::string::npos) << text;
    }
}

TEST(ParseYaml, KeepsTheLineEndsOfBlockTexts) {
    EXPECT_EQ(parse("a: |\n  x\n  y\n").find("a")->text, "x\ny\n");
    EXPECT_EQ(parse("a: |\n  x").find("a")->text, "x");
    EXPECT_EQ(parse("a: |-\n  x\n\n").find("a")->text, "x");
    EXPECT_EQ(parse("a: |+\n  x\n\n").find("a")->text, "x\n\n");
    EXPECT_EQ(parse("a: >\n  x\n  y\n").find("a")->text, "x y\n");
    EXPECT_EQ(parse("a: x\n  ").find("a")->text, "x");
}

TEST(ParseYaml, NamesTheFirstLineThatIsNotUtf8) {
    EXPECT_EQ(fault_of("a: \xE5\xBC\xA0\nb: \xD5\xC5\n").substr(0, 9), "a.yaml:2:");
}

TEST(ParseYaml, WritesAliasesOut) {
    const YamlNode root = parse("a: &x [1, 2]\nb: *x\nc: {d: *x}\n");
    EXPECT_EQ(root.find("b")->items.at(1).text, "2");
    EXPECT_EQ(root.find("b")->line, 2);
    EXPECT_EQ(root.find("c")->find("d")->items.size(), 2U);
}

TEST(ParseYaml, RefusesAliasesThatMultiply) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level < 10; ++level) {
        const std::string inner = "*a" + std::to_string(level - 1);
        bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
        for (int i = 0; i < 10; ++i) {
            bomb += (i == 0 ? "" : ", ") + inner;
        }
        bomb += "]\n";
    }
    EXPECT_NE(fault_of(bomb).find("aliases"), std::string::npos);
}

std::string alias_chain(int depth) {
    std::string chain = "a0: &a0 [x]\n";
    for (int level = 1; level <= depth; ++level) {
        chain += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [*a" +
                 std::to_string(level - 1) + "]\n";
    }
    return chain;
}

TEST(ParseYaml, RefusesAliasesBeyond32Levels) {
    EXPECT_EQ(fault_of(alias_chain(32)), "parsed");
    EXPECT_EQ(fault_of(alias_chain(33)).substr(0, 10), "a.yaml:34:");
}

TEST(ParseYaml, RefusesAnAliasWithinItsOwnAnchor) {
    EXPECT_NE(fault_of("a: &a [*a]\n").find("alias"), std::string::npos);
}

TEST(ParseYaml, SurvivesDeepNesting) {
    EXPECT_NE(fault_of(std::string(100'000, '[')), "parsed");
    EXPECT_NE(fault_of(std::string(100'000, '{')), "parsed");
}

TEST(LoadYaml, ReadsAFileAndNamesItInFaults) {
    const test::TempDir folder;
    const std::string path = folder.write("b.yaml", "a: 1\na: 2\n");
    const auto loaded = load_yaml(path);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.fault().where, path + ":2");
    EXPECT_TRUE(load_yaml(folder.write("c.yaml", "a: 1\n")).ok());
}

TEST(LoadYaml, FaultsForAFileThatIsNotThere) {
    const test::TempDir folder;
    EXPECT_EQ(load_yaml(folder.file("none.yaml")).fault().where, folder.file("none.yaml"));
    EXPECT_FALSE(load_yaml(folder.path().string()).ok());
}

}  // namespace
}  // namespace hrbridge::base
