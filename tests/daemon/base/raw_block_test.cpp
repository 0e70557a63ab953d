#include "daemon/base/raw_block.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "tests/daemon/base/raw_blocks.h"

namespace hrbridge::base {
namespace {

TEST(RawColumn, TellsNullAbsentAndEmptyApart) {
    RawColumn column;
    column.append("");
    column.append_null();
    column.append_absent();
    EXPECT_TRUE(column.has_bytes(0));
    EXPECT_FALSE(column.is_null(0));
    EXPECT_TRUE(column.is_null(1));
    EXPECT_FALSE(column.is_absent(1));
    EXPECT_FALSE(column.has_bytes(1));
    EXPECT_TRUE(column.is_absent(2));
    EXPECT_FALSE(column.is_null(2));
    for (std::size_t row = 0; row < 3; ++row) {
        EXPECT_EQ(column.cell(row), "");
    }
}

TEST(RawColumn, KeepsPackedCellsOneBehindAnother) {
    RawColumn column;
    column.append("one");
    column.append("");
    column.append(std::string_view("t\0o", 3));
    EXPECT_EQ(column.cell(0), "one");
    EXPECT_EQ(column.cell(1), "");
    EXPECT_EQ(column.cell(2), std::string_view("t\0o", 3));
}

TEST(RawColumn, ReadsWhatADriverWroteIntoItsRoom) {
    RawColumn column;
    column.use_stride(8, 3);
    EXPECT_TRUE(column.is_null(2));
    bind(column, 0, "short");
    bind(column, 1, "8 bytes!");
    EXPECT_EQ(column.cell(0), "short");
    EXPECT_EQ(column.cell(1), "8 bytes!");
}

TEST(RawColumn, KeepsLongCellsBesideTheRoom) {
    RawColumn column;
    column.use_stride(4, 3);
    bind(column, 1, "room");
    const std::string longer(10'000, 'x');
    column.set_long(2, longer);
    column.set_long(0, "much longer");
    EXPECT_EQ(column.cell(0), "much longer");
    EXPECT_EQ(column.cell(1), "room");
    EXPECT_EQ(column.cell(2), longer);
    column.set_long(2, "another text");
    EXPECT_EQ(column.cell(2), "another text");
    column.set_long(2, "fit");
    EXPECT_EQ(column.cell(2), "fit");
}

TEST(RawColumn, ReplacesAPackedCell) {
    RawColumn column;
    column.append("a");
    column.append("b");
    column.set_long(0, "longer than before");
    EXPECT_EQ(column.cell(0), "longer than before");
    EXPECT_EQ(column.cell(1), "b");
}

TEST(RawColumn, RefusesToCutAValueSilently) {
    RawColumn column;
    column.use_stride(4, 1);
    column.lengths()[0] = 5;
    EXPECT_THROW(column.cell(0), std::logic_error);
}

TEST(RawColumn, RefusesAppendingToFixedRoom) {
    RawColumn column;
    column.use_stride(4, 1);
    EXPECT_THROW(column.append("a"), std::logic_error);
    EXPECT_THROW(column.use_stride(0, 1), std::logic_error);
}

TEST(RawColumn, StaysWhereADriverIsBoundWhenCleared) {
    RawColumn column;
    column.use_stride(4, 2);
    const char* room = column.data();
    const std::int64_t* lengths = column.lengths();
    bind(column, 0, "abcd");
    column.set_long(1, "longer");
    column.clear();
    EXPECT_EQ(column.data(), room);
    EXPECT_EQ(column.lengths(), lengths);
    EXPECT_TRUE(column.is_null(0));
    EXPECT_TRUE(column.is_null(1));
    EXPECT_EQ(column.stride(), 4U);
}

TEST(RawBlock, IsEmptyAfterClear) {
    RawBlock block = three_kinds_of_nothing();
    block.position = "17";
    block.clear();
    EXPECT_EQ(block.rows, 0U);
    EXPECT_EQ(block.position, "");
    EXPECT_EQ(block.columns.size(), 3U);
    block.columns[0].append("again");
    EXPECT_EQ(block.columns[0].cell(0), "again");
}

TEST(RawBlock, CountsTheBytesOfItsCells) {
    RawBlock block = three_kinds_of_nothing();
    const std::size_t before = block.byte_size();
    block.columns[0].append(std::string(1000, 'x'));
    EXPECT_GE(block.byte_size(), before + 1000);
    EXPECT_LE(block.byte_size(), before + 1100);
}

TEST(RawColumn, MovesItsCellsIntoAnother) {
    RawColumn from;
    from.append("short");
    from.append_null();
    from.append_absent();
    from.append_null();
    from.set_long(3, std::string(100'000, 'x'));
    const char* const where = from.cell(3).data();
    RawColumn to;
    for (std::size_t row = 0; row < 4; ++row) {
        from.move_cell(row, to);
    }
    EXPECT_EQ(to.cell(0), "short");
    EXPECT_TRUE(to.is_null(1));
    EXPECT_TRUE(to.is_absent(2));
    EXPECT_EQ(to.cell(3).size(), 100'000U);
    EXPECT_EQ(to.cell(3).data(), where) << "it was copied";
    EXPECT_EQ(from.cell(3), "");
}

TEST(RawColumn, ForgetsALongCellThatBecomesShort) {
    RawColumn column;
    column.use_stride(8, 1);
    column.set_long(0, "longer than its room");
    column.set_long(0, "short");
    std::string out;
    column.move_cell(0, out);
    EXPECT_EQ(out, "short");
}

}  // namespace
}  // namespace hrbridge::base
