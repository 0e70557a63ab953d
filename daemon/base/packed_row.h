#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/raw_block.h"

namespace hrbridge::base {

// One row as kept in rejects and holds, so that it can be mapped again without the source:
// lossless, self-describing bytes (names, NULL, absent, raw cell bytes). There is room behind them
// for what seals them.
std::string pack_row(const RawBlock& block,
                     const std::vector<DescribedColumn>& columns,
                     std::size_t row);
// The same of a row whose cells nobody reads again: see RawColumn::move_cell().
std::string pack_row_away(RawBlock& block,
                          const std::vector<DescribedColumn>& columns,
                          std::size_t row);
// A cell of a packed row.
struct PackedCell {
    std::string_view name;
    std::int64_t length = RawColumn::kAbsent;  // or kNull, or the number of bytes
    std::string_view bytes;
};
// All cells of a packed row as it was packed, as views into `packed`. False when the bytes are not
// a packed row.
bool read_packed_row(std::string_view packed, std::vector<PackedCell>& cells);
// The cells of `columns` in their order, as views into `packed`; they go by name, and one that the
// packed row lacks is absent. False when the bytes are not a packed row.
bool read_packed_row(std::string_view packed,
                     const std::vector<DescribedColumn>& columns,
                     std::vector<PackedCell>& cells);
// Appends the row to `block`, whose columns are packed and those of `columns` (a block without
// columns gets them); as read_packed_row(). False when the bytes are not a packed row; then the
// block is unchanged.
bool unpack_row(std::string_view packed,
                const std::vector<DescribedColumn>& columns,
                RawBlock& block);

}  // namespace hrbridge::base
