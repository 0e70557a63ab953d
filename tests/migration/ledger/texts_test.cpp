#include "migration/ledger/texts.h"

#include <set>

#include <gtest/gtest.h>

#include "daemon/base/yaml.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::ledger {
namespace {

std::map<std::string, std::string> catalogue(const std::string& language) {
    const auto document = base::load_yaml(std::string(HRBRIDGE_SOURCE_DIR) +
                                          "/migration/ledger/texts." + language + ".yaml");
    std::map<std::string, std::string> texts;
    for (const auto& [key, node] : document->entries) {
        texts[key] = node.text;
    }
    return texts;
}

std::set<std::string> placeholders(const std::string& text) {
    std::set<std::string> found;
    for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
        found.insert(text.substr(at, text.find('}', at) - at));
    }
    return found;
}

TEST(LedgerTexts, SayTheSameInBothLanguages) {
    const auto zh = catalogue("zh");
    const auto en = catalogue("en");
    ASSERT_GT(en.size(), 50U);
    for (const auto& [key, text] : en) {
        ASSERT_TRUE(zh.count(key) > 0) << key;
        EXPECT_EQ(placeholders(text), placeholders(zh.at(key))) << key;
    }
    EXPECT_EQ(zh.size(), en.size());
}

TEST(LedgerTexts, FillPlaceholdersOnceAndShowAnUnknownCodeAsItIs) {
    EXPECT_EQ(text("en", {"report_entries", {{"entries", "7"}}}), "Ledger: 7 entries.");
    EXPECT_EQ(text("zh", {"report_entries", {{"entries", "{entries}"}}}),
              "台账：共 {entries} 条。");
    EXPECT_EQ(text("fr", {"report_entries", {{"entries", "7"}}}), "台账：共 7 条。");
    EXPECT_EQ(text("en", {"no_such_code"}), "no_such_code");
}

}  // namespace
}  // namespace hrbridge::ledger
