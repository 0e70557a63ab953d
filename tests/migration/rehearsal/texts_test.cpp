#include "migration/rehearsal/texts.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "daemon/base/yaml.h"

namespace hrbridge::rehearsal {
namespace {

std::map<std::string, std::set<std::string>> placeholders(const std::string& language) {
    const auto document = base::load_yaml(std::string(HRBRIDGE_SOURCE_DIR) +
                                          "/migration/rehearsal/texts." + language + ".yaml");
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

TEST(RehearsalTexts, HaveTheSameCodesAndPlaceholdersInBothLanguages) {
    const auto zh = placeholders("zh");
    ASSERT_GT(zh.size(), 30U);
    EXPECT_EQ(zh, placeholders("en"));
}

TEST(RehearsalTexts, AreFilled) {
    EXPECT_EQ(text("en", {"step_load", {{"mapping", "erp/person"}}}), "load erp/person");
    EXPECT_EQ(text("zh", {"step_load", {{"mapping", "erp/person"}}}), "装载 erp/person");
}

}  // namespace
}  // namespace hrbridge::rehearsal
