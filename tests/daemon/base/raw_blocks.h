#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/base/raw_block.h"

namespace hrbridge::base {

// As a driver does.
inline void bind(RawColumn& column, std::size_t row, std::string_view bytes) {
    std::copy(bytes.begin(), bytes.end(), column.data() + (row * column.stride()));
    column.lengths()[row] = static_cast<std::int64_t>(bytes.size());
}

inline RawBlock three_kinds_of_nothing() {
    RawBlock block;
    block.columns.resize(3);
    block.columns[0].append(std::string_view("a\0|\n\xFF", 5));
    block.columns[0].append("");
    block.columns[1].append_null();
    block.columns[1].append("李雷");
    block.columns[2].append_absent();
    block.columns[2].append_null();
    block.rows = 2;
    return block;
}

}  // namespace hrbridge::base
