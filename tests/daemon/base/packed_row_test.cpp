#include "daemon/base/packed_row.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/seal.h"
#include "tests/daemon/base/raw_blocks.h"

namespace hrbridge::base {
namespace {

const std::vector<DescribedColumn> kColumns{{"id", "varchar", 20, 0, false},
                                            {"姓名", "varchar", 20, 0, true},
                                            {"note", "text", 0, 0, true}};

TEST(PackRow, KeepsEveryByteAndEveryKindOfNothing) {
    const RawBlock block = three_kinds_of_nothing();
    RawBlock back;
    for (std::size_t row = 0; row < block.rows; ++row) {
        ASSERT_TRUE(unpack_row(pack_row(block, kColumns, row), kColumns, back));
    }
    ASSERT_EQ(back.rows, 2U);
    EXPECT_EQ(back.columns[0].cell(0), std::string_view("a\0|\n\xFF", 5));
    EXPECT_TRUE(back.columns[1].is_null(0));
    EXPECT_TRUE(back.columns[2].is_absent(0));
    EXPECT_TRUE(back.columns[0].has_bytes(1));
    EXPECT_EQ(back.columns[0].cell(1), "");
    EXPECT_EQ(back.columns[1].cell(1), "李雷");
    EXPECT_TRUE(back.columns[2].is_null(1));
}

TEST(PackRow, GoesByNameWhenTheColumnsHaveChanged) {
    const std::string packed = pack_row(three_kinds_of_nothing(), kColumns, 1);
    const std::vector<DescribedColumn> now{{"new", "int", 0, 0, true}, kColumns[1]};
    RawBlock block;
    ASSERT_TRUE(unpack_row(packed, now, block));
    EXPECT_TRUE(block.columns[0].is_absent(0));
    EXPECT_EQ(block.columns[1].cell(0), "李雷");
}

TEST(PackRow, GoesByNameWhateverItsCase) {
    const std::string packed = pack_row(three_kinds_of_nothing(), kColumns, 0);
    std::vector<DescribedColumn> loud = kColumns;
    loud[0].name = "ID";
    RawBlock block;
    ASSERT_TRUE(unpack_row(packed, loud, block));
    EXPECT_EQ(block.columns[0].cell(0), std::string_view("a\0|\n\xFF", 5));
}

TEST(PackRow, RefusesBytesThatAreNoRowAndLeavesTheBlockAlone) {
    const std::string packed = pack_row(three_kinds_of_nothing(), kColumns, 0);
    RawBlock block;
    for (std::size_t size = 0; size < packed.size(); ++size) {
        const bool at_a_border = unpack_row(packed.substr(0, size), {}, block);
        // A row of fewer columns is a row; the first border is the version byte alone.
        if (!at_a_border) {
            EXPECT_FALSE(unpack_row(packed.substr(0, size), kColumns, block)) << size;
        }
    }
    block = {};
    EXPECT_FALSE(unpack_row("", kColumns, block));
    EXPECT_FALSE(unpack_row("\x02", kColumns, block));
    EXPECT_FALSE(unpack_row(packed + "x", kColumns, block));
    std::string huge = packed;
    huge[1] = '\x7F';
    EXPECT_FALSE(unpack_row(huge, kColumns, block));
    EXPECT_EQ(block.rows, 0U);
    EXPECT_TRUE(block.columns.empty());
}

RawBlock with_a_long_cell(bool strided) {
    RawBlock block;
    block.columns.resize(3);
    for (RawColumn& column : block.columns) {
        strided ? column.use_stride(20, 2) : column.use_packed();
    }
    for (std::size_t row = 0; row < 2; ++row) {
        for (RawColumn& column : block.columns) {
            strided ? bind(column, row, "short") : column.append("short");
        }
    }
    block.columns[2].set_long(1, std::string(5'000'000, 'x') + "end");
    block.rows = 2;
    return block;
}

TEST(PackRow, IsTheSameWhenItsLongCellsAreMoved) {
    for (const bool strided : {false, true}) {
        RawBlock block = with_a_long_cell(strided);
        const std::string first = pack_row(block, kColumns, 0);
        const std::string second = pack_row(block, kColumns, 1);
        EXPECT_TRUE(pack_row_away(block, kColumns, 1) == second) << strided;
        EXPECT_TRUE(block.columns[2].has_bytes(1));
        EXPECT_EQ(block.columns[2].cell(1), "");
        EXPECT_LT(block.byte_size(), 1'000U);
        EXPECT_EQ(pack_row_away(block, kColumns, 0), first) << strided;
        EXPECT_EQ(pack_row(block, kColumns, 0), first) << strided;
    }
}

TEST(PackRow, LeavesRoomForWhatSealsIt) {
    const RawBlock block = with_a_long_cell(false);
    const std::string packed = pack_row(block, kColumns, 1);
    EXPECT_GE(packed.capacity(), packed.size() + SealKeys::kMostBeside);
}

}  // namespace
}  // namespace hrbridge::base
