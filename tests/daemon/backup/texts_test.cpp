#include "daemon/backup/texts.h"

#include <gtest/gtest.h>

#include "tests/support/catalogue.h"

namespace hrbridge::backup {
namespace {

TEST(BackupTexts, AreInBothLanguagesWithTheSamePlaceholders) {
    const auto chinese = test::placeholders("daemon/backup", "zh");
    EXPECT_EQ(chinese, test::placeholders("daemon/backup", "en"));
    EXPECT_GT(chinese.size(), 30U);
}

}  // namespace
}  // namespace hrbridge::backup
