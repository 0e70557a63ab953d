#include "migration/promotion/texts.h"

#include <gtest/gtest.h>

#include "tests/support/catalogue.h"

namespace hrbridge::promotion {
namespace {

TEST(PromotionTexts, HaveTheSameCodesAndPlaceholdersInBothLanguages) {
    const auto zh = test::placeholders("migration/promotion", "zh");
    ASSERT_GT(zh.size(), 30U);
    EXPECT_EQ(zh, test::placeholders("migration/promotion", "en"));
}

TEST(PromotionTexts, AreFilled) {
    EXPECT_EQ(text("en", {"step_merge", {{"entity", "person"}}}), "bring in person");
    EXPECT_EQ(text("zh", {"step_merge", {{"entity", "person"}}}), "并入 person");
}

}  // namespace
}  // namespace hrbridge::promotion
