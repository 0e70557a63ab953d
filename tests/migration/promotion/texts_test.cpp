#include "migration/promotion/texts.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "daemon/base/yaml.h"

namespace hrbridge::promotion {
namespace {

std::map<std::string, std::set<std::string>> placeholders(const std::string& language) {
    const auto document = base::load_yaml(std::string(HRBRIDGE_SOURCE_DIR) +
                                          "/migration/promotion/texts." + language + ".yaml");
    std::map<std::string, std::set<std::string>> found;
    for (const auto& [key, node] : document->entries) {
        std::set<std::string>& names = found[key];
        for (std::size_t at = node.text.find('{'); at != std::string::npos;
             at = node.text.find('{', at + 1)) {
            names.insert(node.text.substr(at, node.text.find('}', at) - at));
        }
    }
    return found;
}

TEST(PromotionTexts, HaveTheSameCodesAndPlaceholdersInBothLanguages) {
    const auto zh = placeholders("zh");
    ASSERT_GT(zh.size(), 30U);
    EXPECT_EQ(zh, placeholders("en"));
}

TEST(PromotionTexts, AreFilled) {
    EXPECT_EQ(text("en", {"step_merge", {{"entity", "person"}}}), "bring in person");
    EXPECT_EQ(text("zh", {"step_merge", {{"entity", "person"}}}), "并入 person");
}

}  // namespace
}  // namespace hrbridge::promotion
