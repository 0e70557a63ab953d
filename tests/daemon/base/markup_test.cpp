#include "daemon/base/markup.h"

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

TEST(EscapeMarkup, LeavesNothingThatEndsATextOrAnAttribute) {
    EXPECT_EQ(escape_markup(R"(</td><a href="x" title='y'>R&D)"),
              "&lt;/td&gt;&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;R&amp;D");
}

TEST(EscapeMarkup, LeavesOtherTextAsItIs) {
    EXPECT_EQ(escape_markup("人事 2026-08"), "人事 2026-08");
    EXPECT_EQ(escape_markup(""), "");
}

}  // namespace
}  // namespace hrbridge::base
