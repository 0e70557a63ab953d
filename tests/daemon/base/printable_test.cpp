#include "daemon/base/printable.h"

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

TEST(Printable, LeavesOrdinaryTextAsItIs) {
    const std::string text = "张三\tO'Brien, é, 𠮷, \"x\"\nsecond line";
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, ShowsWhatSteersATerminal) {
    EXPECT_EQ(printable("a\x1b[31mred\x07\x7f\r"), "a\\u001b[31mred\\u0007\\u007f\\r");
    EXPECT_EQ(printable("\xc2\x9b"), "\\u009b") << "CSI in one character";
    EXPECT_EQ(printable(std::string_view("\0", 1)), "\\u0000");
}

TEST(Printable, ShowsWhatTurnsTheOrderOfWriting) {
    EXPECT_EQ(printable("gpj\u202Eexe\u2066\u200F\u061C\u2028\uFEFF"),
              "gpj\\u202eexe\\u2066\\u200f\\u061c\\u2028\\ufeff");
}

TEST(Printable, PassesOnBytesThatAreNoText) {
    const std::string bytes = "\xff\xc2 \xe2\x80";
    EXPECT_EQ(printable(bytes), bytes);
}

TEST(OneLine, HasNoLineEndAndNoMoreBytesThanAllowed) {
    EXPECT_EQ(one_line("K03\nFAIL\tx"), "K03\\nFAIL\\tx");
    EXPECT_EQ(one_line(std::string(5'000, 'g'), 20), std::string(17, 'g') + "…");
    EXPECT_EQ(one_line("张三李四", 20), "张三李四");
}

}  // namespace
}  // namespace hrbridge::base
