#include "daemon/jobs/packed_copy.h"

#include <string>

#include <gtest/gtest.h>

#include "daemon/base/packed_row.h"

namespace hrbridge::jobs {
namespace {

const std::vector<base::DescribedColumn> kColumns{{"key", "text", 0, 0, false},
                                                  {"note", "text", 0, 0, true}};

// Rows "0" to "3": a note, a long one, NULL and none.
base::RawBlock block_of_four() {
    base::RawBlock block;
    block.columns.resize(kColumns.size());
    for (base::RawColumn& column : block.columns) {
        column.use_packed();
    }
    for (const char* key : {"0", "1", "2", "3"}) {
        block.columns[0].append(key);
    }
    block.columns[1].append("short");
    block.columns[1].append(std::string(std::size_t{2} << 20U, 'x'));
    block.columns[1].append_null();
    block.columns[1].append_absent();
    block.rows = 4;
    return block;
}

store::Reject refused(const base::RawBlock& block, std::uint32_t row) {
    store::Reject reject;
    reject.packed_row = base::pack_row(block, kColumns, row);
    reject.row = row;
    return reject;
}

void expect_same_row(const base::RawBlock& copy, const base::RawBlock& block, std::size_t row) {
    EXPECT_EQ(base::pack_row(copy, kColumns, row), base::pack_row(block, kColumns, row)) << row;
}

TEST(PackedCopy, HasTheCellsOfAllRows) {
    const base::RawBlock block = block_of_four();
    const auto copy = packed_copy(block, {refused(block, 0), refused(block, 2)});
    ASSERT_EQ(copy->rows, block.rows);
    for (std::size_t row = 0; row < block.rows; ++row) {
        expect_same_row(*copy, block, row);
    }
}

TEST(PackedCopy, LeavesOutLongRowsThatAreRefused) {
    const base::RawBlock block = block_of_four();
    const auto copy = packed_copy(block, {refused(block, 0), refused(block, 1)});
    ASSERT_EQ(copy->rows, block.rows);
    EXPECT_LT(copy->byte_size(), std::size_t{1} << 10U);
    for (const std::size_t row : {0U, 2U, 3U}) {
        expect_same_row(*copy, block, row);
    }
}

}  // namespace
}  // namespace hrbridge::jobs
