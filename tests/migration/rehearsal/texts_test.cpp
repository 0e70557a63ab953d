#include "migration/rehearsal/texts.h"

#include <gtest/gtest.h>

#include "tests/support/catalogue.h"

namespace hrbridge::rehearsal {
namespace {

TEST(RehearsalTexts, HaveTheSameCodesAndPlaceholdersInBothLanguages) {
    const auto zh = test::placeholders("migration/rehearsal", "zh");
    ASSERT_GT(zh.size(), 30U);
    EXPECT_EQ(zh, test::placeholders("migration/rehearsal", "en"));
}

TEST(RehearsalTexts, AreFilled) {
    EXPECT_EQ(text("en", {"step_load", {{"mapping", "erp/person"}}}), "load erp/person");
    EXPECT_EQ(text("zh", {"step_load", {{"mapping", "erp/person"}}}), "装载 erp/person");
}

}  // namespace
}  // namespace hrbridge::rehearsal
