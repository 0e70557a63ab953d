#include "daemon/base/raw_block.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "daemon/base/resting_memory.h"

namespace hrbridge::base {
namespace {

// What a column holds on to for the next block: one long cell is no reason to keep its room.
constexpr std::size_t kMostRetained = std::size_t{4} << 20U;

// The first of a row that is not before this one.
template <typename LongCells>
auto find_long(LongCells& cells, std::size_t row) {
    return std::lower_bound(
        cells.begin(), cells.end(), row, [](const auto& cell, std::size_t wanted) {
            return cell.row < wanted;
        });
}

}  // namespace

void RawColumn::use_stride(std::size_t stride, std::size_t rows) {
    if (stride == 0) {
        throw std::logic_error("a raw column with fixed room needs a stride");
    }
    stride_ = stride;
    // What an older block left is read by nobody: its lengths are gone.
    bytes_.resize(stride * rows);
    lengths_.assign(rows, kNull);
    packed_.clear();
    long_cells_.clear();
}

void RawColumn::use_packed() {
    stride_ = 0;
    lengths_.clear();
    clear();
}

void RawColumn::pack(const RawColumn& from, std::size_t rows) {
    use_packed();
    const std::size_t size = from.cell_bytes(rows);
    if (size > kMostPacked) {
        fail_append();
    }
    packed_.resize(rows);
    bytes_.resize(size);
    std::size_t offset = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        packed_[row] = {static_cast<std::uint32_t>(offset),
                        static_cast<std::int32_t>(from.length(row))};
        const std::string_view cell = from.cell(row);
        if (!cell.empty()) {
            std::memcpy(bytes_.data() + offset, cell.data(), cell.size());
        }
        offset += cell.size();
    }
}

void RawColumn::set_long(std::size_t row, std::string bytes) {
    if (stride_ != 0) {
        lengths_.at(row) = static_cast<std::int64_t>(bytes.size());
    } else if (bytes.size() > kMostPacked) {
        fail_append();
    } else {
        packed_.at(row) = {kLongOffset, static_cast<std::int32_t>(bytes.size())};
    }
    const auto at = find_long(long_cells_, row);
    const bool has_one = at != long_cells_.end() && at->row == row;
    if (stride_ != 0 && bytes.size() <= stride_) {
        if (has_one) {
            long_cells_.erase(at);
        }
        std::copy(bytes.begin(),
                  bytes.end(),
                  bytes_.begin() + static_cast<std::ptrdiff_t>(row * stride_));
        return;
    }
    if (has_one) {
        at->bytes = std::move(bytes);
    } else {
        long_cells_.insert(at, LongCell{row, std::move(bytes)});
    }
}

// The cell is empty then.
std::string RawColumn::take_long(std::size_t row) {
    const auto at = find_long(long_cells_, row);
    std::string bytes = std::move(at->bytes);
    long_cells_.erase(at);
    if (stride_ != 0) {
        lengths_[row] = 0;
    } else {
        packed_[row].length = 0;
    }
    return bytes;
}

void RawColumn::move_cell(std::size_t row, std::string& out) {
    if (!is_long(row)) {
        out.append(cell(row));
        return;
    }
    long_cell(row);  // throws when there is none
    std::string bytes = take_long(row);
    move_bytes(bytes.data(), bytes.size(), out);
}

void RawColumn::move_cell(std::size_t row, RawColumn& to) {
    if (is_null(row)) {
        to.append_null();
    } else if (is_absent(row)) {
        to.append_absent();
    } else if (!is_long(row)) {
        to.append(cell(row));
    } else {
        long_cell(row);
        to.append_null();
        to.set_long(to.packed_.size() - 1, take_long(row));
    }
}

std::string_view RawColumn::long_cell(std::size_t row) const {
    const auto at = find_long(long_cells_, row);
    if (at == long_cells_.end() || at->row != row) {
        // The owner kept a length beyond the room and did not read the cell apart: going on would
        // cut the value silently.
        throw std::logic_error("a raw cell is longer than its room and was not read apart");
    }
    return at->bytes;
}

void RawColumn::fail_append() const {
    if (stride_ != 0) {
        throw std::logic_error("append to a raw column with fixed room");
    }
    throw std::length_error("the cells of a block's column take more than 2 GiB");
}

std::size_t RawColumn::cell_bytes(std::size_t rows) const {
    std::size_t bytes = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        bytes += length(row) > 0 ? static_cast<std::size_t>(length(row)) : 0;
    }
    return bytes;
}

void RawColumn::clear() {
    long_cells_.clear();
    if (stride_ != 0) {
        // The buffers are bound to a driver and keep their addresses.
        std::fill(lengths_.begin(), lengths_.end(), kNull);
        return;
    }
    bytes_.clear();
    if (bytes_.capacity() > kMostRetained) {
        bytes_.shrink_to_fit();
    }
    packed_.clear();
}

std::size_t RawColumn::byte_size() const {
    std::size_t size = bytes_.size() + (lengths_.size() * sizeof(std::int64_t)) +
                       (packed_.size() * sizeof(Packed));
    for (const LongCell& cell : long_cells_) {
        size += cell.bytes.size();
    }
    return size;
}

RawBlock rows_of(const RawBlock& block, const std::vector<std::uint32_t>& numbers) {
    RawBlock copy;
    copy.rows = numbers.size();
    copy.position = block.position;
    copy.columns.resize(block.columns.size());
    for (std::size_t i = 0; i < block.columns.size(); ++i) {
        const RawColumn& from = block.columns[i];
        RawColumn& to = copy.columns[i];
        to.use_packed();
        for (const std::uint32_t row : numbers) {
            if (from.has_bytes(row)) {
                to.append(from.cell(row));
            } else if (from.is_null(row)) {
                to.append_null();
            } else {
                to.append_absent();
            }
        }
    }
    for (const std::uint32_t row : numbers) {
        if (!block.kept_as.empty()) {
            copy.kept_as.push_back(block.kept_as[row]);
        }
    }
    return copy;
}

void RawBlock::clear() {
    for (RawColumn& column : columns) {
        column.clear();
    }
    rows = 0;
    passed_over = 0;
    position.clear();
    kept_as.clear();
}

std::size_t RawBlock::byte_size() const {
    std::size_t size = position.size();
    for (const RawColumn& column : columns) {
        size += column.byte_size();
    }
    return size;
}

}  // namespace hrbridge::base
