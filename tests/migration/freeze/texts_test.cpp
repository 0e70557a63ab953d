#include <gtest/gtest.h>

#include "tests/support/catalogue.h"

namespace hrbridge::freeze {
namespace {

TEST(FreezeTexts, HaveTheSameCodesAndPlaceholdersInBothLanguages) {
    const auto zh = test::placeholders("migration/freeze", "zh");
    ASSERT_GT(zh.size(), 10U);
    EXPECT_EQ(zh, test::placeholders("migration/freeze", "en"));
}

}  // namespace
}  // namespace hrbridge::freeze
