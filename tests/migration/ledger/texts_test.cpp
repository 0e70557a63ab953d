#include "migration/ledger/texts.h"

#include <gtest/gtest.h>

#include "tests/support/catalogue.h"

namespace hrbridge::ledger {
namespace {

TEST(LedgerTexts, HaveTheSameCodesAndPlaceholdersInBothLanguages) {
    const auto zh = test::placeholders("migration/ledger", "zh");
    ASSERT_GT(zh.size(), 50U);
    EXPECT_EQ(zh, test::placeholders("migration/ledger", "en"));
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
