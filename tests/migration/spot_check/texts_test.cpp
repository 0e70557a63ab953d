#include <gtest/gtest.h>

#include "tests/support/catalogue.h"

namespace hrbridge::spot_check {
namespace {

TEST(SpotCheckTexts, HaveTheSameCodesAndPlaceholdersInBothLanguages) {
    const auto zh = test::placeholders("migration/spot_check", "zh");
    ASSERT_GT(zh.size(), 30U);
    EXPECT_EQ(zh, test::placeholders("migration/spot_check", "en"));
}

}  // namespace
}  // namespace hrbridge::spot_check
