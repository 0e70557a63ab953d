#include <gtest/gtest.h>

#include "tests/support/catalogue.h"

namespace hrbridge::check {
namespace {

TEST(CheckTexts, HaveTheSameCodesAndPlaceholdersInBothLanguages) {
    const auto zh = test::placeholders("migration/check", "zh");
    ASSERT_GT(zh.size(), 40U);
    EXPECT_EQ(zh, test::placeholders("migration/check", "en"));
}

}  // namespace
}  // namespace hrbridge::check
