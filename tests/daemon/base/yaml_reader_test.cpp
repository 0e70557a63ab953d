#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/yaml.h"

namespace hrbridge::base {
namespace {

// A document, a reader of it and the faults that the reader found.
class YamlReaderTest : public testing::Test {
  protected:
    YamlReader& read(std::string_view text, std::string path = "") {
        root_ = parse_yaml(text, "a.yaml").value();
        faults_.clear();
        reader_.emplace(&root_, std::move(path), faults_);
        return *reader_;
    }

    std::vector<std::string> faults() const {
        std::vector<std::string> shown;
        for (const Fault& fault : faults_) {
            shown.push_back(fault.where + ": " + fault.what);
        }
        return shown;
    }
    std::string only_fault() const { return faults_.size() == 1 ? faults().front() : "not one"; }

    YamlNode root_;
    Faults faults_;
    std::optional<YamlReader> reader_;
};

TEST_F(YamlReaderTest, CollectsEveryFaultOfAMapAtOnce) {
    YamlReader& reader = read(
        "pages: many\npagse: 5\nfast: yes\nwait: 5\nsize: 5MB\nkind: pastgres\nlist: {a: 1}\n");
    reader.integer("pages", 1, 100);
    reader.boolean("fast");
    reader.duration_ms("wait");
    reader.byte_size("size");
    reader.choice("kind", {"sqlite", "postgres"});
    reader.texts("list");
    reader.required_text("name");
    reader.finish();
    EXPECT_EQ(faults(),
              (std::vector<std::string>{
                  "a.yaml:1: pages: a whole number from 1 to 100 is expected",
                  "a.yaml:3: fast: write true or false",
                  "a.yaml:4: wait: a duration is expected, such as 250ms, 30s, 15m, 24h or 7d",
                  "a.yaml:5: size: a size is expected, such as 4096, 64KiB, 32MiB or 1GiB",
                  "a.yaml:6: kind: \"pastgres\" is not one of sqlite, postgres; did you mean "
                  "\"postgres\"?",
                  "a.yaml:7: list: a list of values is expected here",
                  "a.yaml:1: name: this setting is required and missing",
                  "a.yaml:2: pagse: unknown key; did you mean \"pages\"? the keys here are "
                  "pages, fast, wait, size, kind, list, name",
              }));
}

TEST_F(YamlReaderTest, GivesWhatIsThere) {
    YamlReader& reader = read(
        "text: 你好\nnumber: -5\nflag: false\nwait: 15m\nsize: 32MiB\nkind: b\none: x\nmany: [x, "
        "\"y\"]\n");
    EXPECT_EQ(reader.text("text"), "你好");
    EXPECT_EQ(reader.integer("number", -10, 10), -5);
    EXPECT_EQ(reader.boolean("flag"), false);
    EXPECT_EQ(reader.duration_ms("wait"), 900'000);
    EXPECT_EQ(reader.byte_size("size"), 33'554'432);
    EXPECT_EQ(reader.choice("kind", {"a", "b"}), "b");
    EXPECT_EQ(reader.texts("one"), std::vector<std::string>{"x"});
    EXPECT_EQ(reader.texts("many"), (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(reader.required_text("text"), "你好");
    reader.finish();
    EXPECT_TRUE(faults_.empty());
}

TEST_F(YamlReaderTest, GivesNothingAndNoFaultForWhatIsNotThere) {
    YamlReader& reader = read("a: 1\n");
    EXPECT_FALSE(reader.has("b"));
    EXPECT_EQ(reader.text("b"), std::nullopt);
    EXPECT_EQ(reader.integer("b", 0, 1), std::nullopt);
    EXPECT_EQ(reader.boolean("b"), std::nullopt);
    EXPECT_EQ(reader.duration_ms("b"), std::nullopt);
    EXPECT_EQ(reader.byte_size("b"), std::nullopt);
    EXPECT_EQ(reader.choice("b", {"x"}), std::nullopt);
    EXPECT_EQ(reader.texts("b"), std::nullopt);
    EXPECT_EQ(reader.child("b"), nullptr);
    EXPECT_TRUE(faults_.empty());
}

TEST_F(YamlReaderTest, HoldsIntegersToTheirRange) {
    YamlReader& reader = read("a: 101\nb: 5.0\nc: 1e2\nd: 99999999999999999999\ne: ' 5'\nf: 100\n");
    for (const char* key : {"a", "b", "c", "d", "e"}) {
        EXPECT_EQ(reader.integer(key, 1, 100), std::nullopt) << key;
    }
    EXPECT_EQ(reader.integer("f", 1, 100), 100);
    EXPECT_EQ(faults_.size(), 5U);
}

TEST_F(YamlReaderTest, NamesThePathOfANestedSetting) {
    YamlReader& reader = read("erp:\n  pool:\n    size: x\n    sise: 2\n", "sources");
    YamlReader pool = reader.map("erp").map("pool");
    EXPECT_EQ(pool.path(), "sources.erp.pool");
    pool.integer("size", 1, 9);
    pool.finish();
    EXPECT_EQ(
        faults(),
        (std::vector<std::string>{
            "a.yaml:3: sources.erp.pool.size: a whole number from 1 to 9 is expected",
            "a.yaml:4: sources.erp.pool.sise: unknown key; did you mean \"size\"? the keys here "
            "are size"}));
}

TEST_F(YamlReaderTest, SaysOnceThatAMapIsExpected) {
    YamlReader& reader = read("erp: 5\n");
    YamlReader erp = reader.map("erp");
    erp.required_text("name");
    erp.finish();
    EXPECT_EQ(only_fault(), "a.yaml:1: erp: settings are expected here, one \"key: value\" a line");
}

TEST_F(YamlReaderTest, TakesAMissingOrEmptyMapAsOneWithoutKeys) {
    YamlReader& reader = read("erp:\n");
    YamlReader erp = reader.map("erp");
    EXPECT_EQ(erp.text("name"), std::nullopt);
    YamlReader mes = reader.map("mes");
    EXPECT_EQ(mes.node(), nullptr);
    EXPECT_TRUE(faults_.empty());
    mes.required_text("name");
    EXPECT_EQ(only_fault(), "mes.name: this setting is required and missing");
}

TEST_F(YamlReaderTest, FaultsForAKeyWithoutAValueAndForAnEmptyRequiredOne) {
    YamlReader& reader = read("a:\nb: ''\nc: [1]\n");
    EXPECT_EQ(reader.text("a"), std::nullopt);
    EXPECT_EQ(reader.required_text("b"), "");
    EXPECT_EQ(reader.text("c"), std::nullopt);
    EXPECT_EQ(faults(),
              (std::vector<std::string>{"a.yaml:1: a: one value is expected here",
                                        "a.yaml:2: b: this setting is required and empty",
                                        "a.yaml:3: c: one value is expected here"}));
}

TEST_F(YamlReaderTest, OffersNoNameThatIsFar) {
    YamlReader& reader = read("xyzzy: 1\n");
    reader.text("pages");
    reader.text("folder");
    reader.finish();
    EXPECT_EQ(only_fault(), "a.yaml:1: xyzzy: unknown key; the keys here are pages, folder");
}

TEST_F(YamlReaderTest, KnowsAKeyThatWasOnlyLookedFor) {
    YamlReader& reader = read("a: 1\nb: 2\nc: 3\n");
    EXPECT_TRUE(reader.has("a"));
    EXPECT_NE(reader.child("b"), nullptr);
    reader.map("d");
    reader.fault("c", "no");
    reader.finish();
    EXPECT_EQ(only_fault(), "a.yaml:3: c: no");
}

TEST(Nearest, FindsTypingErrors) {
    const std::vector<std::string> names{"timeout", "time_zone", "pages", "host"};
    EXPECT_EQ(nearest("timeuot", names), "timeout");
    EXPECT_EQ(nearest("timezone", names), "time_zone");
    EXPECT_EQ(nearest("page", names), "pages");
    EXPECT_EQ(nearest("pasges", names), "pages");
    EXPECT_EQ(nearest("hsot", names), "host");
    EXPECT_EQ(nearest("password", names), "");
    EXPECT_EQ(nearest("", names), "");
    EXPECT_EQ(nearest(std::string(1'000'000, 'a'), names), "");
}

TEST(ParseDuration, ReadsWholeNumbersWithAUnit) {
    EXPECT_EQ(parse_duration_ms("250ms"), 250);
    EXPECT_EQ(parse_duration_ms("30s"), 30'000);
    EXPECT_EQ(parse_duration_ms("24h"), 86'400'000);
    EXPECT_EQ(parse_duration_ms("7d"), 604'800'000);
    for (const char* wrong :
         {"", "5", "s", "-5s", "1.5h", "5 s", "5S", "5sec", "99999999999999999d"}) {
        EXPECT_EQ(parse_duration_ms(wrong), std::nullopt) << wrong;
    }
}

TEST(ParseByteSize, ReadsBinaryUnitsOnly) {
    EXPECT_EQ(parse_byte_size("4096"), 4096);
    EXPECT_EQ(parse_byte_size("64KiB"), 65'536);
    EXPECT_EQ(parse_byte_size("1GiB"), 1'073'741'824);
    EXPECT_EQ(parse_byte_size("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
    for (const char* wrong : {"", "5MB", "5kib", "-1", "1.5MiB", "9223372036854775807KiB"}) {
        EXPECT_EQ(parse_byte_size(wrong), std::nullopt) << wrong;
    }
}

}  // namespace
}  // namespace hrbridge::base
