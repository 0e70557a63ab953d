#include "daemon/base/raw_block.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "daemon/base/resting_memory.h"
#include "daemon/base/seal.h"
#include "daemon/base/text.h"

namespace hrbridge::base {
namespace {

constexpr char kPackedVersion = 1;
// What a column holds on to for the next block: one long cell is no reason to keep its room.
constexpr std::size_t kMostRetained = std::size_t{4} << 20U;

void put_u64(std::string& out, std::uint64_t value) {
    std::array<char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>((value >> (56U - (8U * i))) & 0xFFU);
    }
    out.append(bytes.data(), bytes.size());
}

// Empty, with room for the packed row and what seals it.
std::string room_for_row(const RawBlock& block,
                         const std::vector<DescribedColumn>& columns,
                         std::size_t row) {
    std::size_t size = 1 + SealKeys::kMostBeside;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        size += 16 + columns[i].name.size() + block.columns.at(i).cell(row).size();
    }
    std::string room;
    room.reserve(size);
    return room;
}

// Takes fields off the front of packed bytes.
class Unpacker {
  public:
    explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

    std::optional<std::uint64_t> u64() {
        if (rest_.size() < 8) {
            return std::nullopt;
        }
        std::uint64_t value = 0;
        for (const char byte : rest_.substr(0, 8)) {
            value = (value << 8U) | static_cast<unsigned char>(byte);
        }
        rest_.remove_prefix(8);
        return value;
    }

    std::optional<std::string_view> bytes(std::uint64_t size) {
        if (rest_.size() < size) {
            return std::nullopt;
        }
        const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(size));
        rest_.remove_prefix(taken.size());
        return taken;
    }

    bool empty() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

std::optional<PackedCell> unpack_cell(Unpacker& in) {
    PackedCell cell;
    const auto name_size = in.u64();
    const auto name = name_size ? in.bytes(*name_size) : std::nullopt;
    const auto length = name ? in.u64() : std::nullopt;
    if (!length) {
        return std::nullopt;
    }
    cell.name = *name;
    cell.length = static_cast<std::int64_t>(*length);
    if (cell.length == RawColumn::kNull || cell.length == RawColumn::kAbsent) {
        return cell;
    }
    const auto bytes = in.bytes(*length);
    if (!bytes) {
        return std::nullopt;
    }
    cell.bytes = *bytes;
    return cell;
}

bool unpack_cells(std::string_view packed, std::vector<PackedCell>& cells) {
    if (packed.empty() || packed.front() != kPackedVersion) {
        return false;
    }
    Unpacker in(packed.substr(1));
    while (!in.empty()) {
        const auto cell = unpack_cell(in);
        if (!cell) {
            return false;
        }
        cells.push_back(*cell);
    }
    return true;
}

// Databases fold the case of names each in its own way.
PackedCell cell_of(const std::vector<PackedCell>& cells, const std::string& column) {
    const std::string name = to_lower_ascii(column);
    const auto cell = std::find_if(cells.begin(), cells.end(), [&](const PackedCell& candidate) {
        return to_lower_ascii(candidate.name) == name;
    });
    return cell == cells.end() ? PackedCell{} : *cell;
}

void append_cell(RawColumn& column, const PackedCell& cell) {
    if (cell.length == RawColumn::kNull) {
        column.append_null();
    } else if (cell.length == RawColumn::kAbsent) {
        column.append_absent();
    } else {
        column.append(cell.bytes);
    }
}

// The first of a row that is not before this one.
template <typename LongCells>
auto find_long(LongCells& cells, std::size_t row) {
    return std::lower_bound(
        cells.begin(), cells.end(), row, [](const auto& cell, std::size_t wanted) {
            return cell.row < wanted;
        });
}

// `put` appends the bytes of a row's cell in a column.
template <typename Columns, typename Put>
void pack_cells(Columns& from,
                const std::vector<DescribedColumn>& columns,
                std::size_t row,
                std::string& packed,
                const Put& put) {
    packed.push_back(kPackedVersion);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        auto& column = from.at(i);
        put_u64(packed, columns[i].name.size());
        packed += columns[i].name;
        if (column.has_bytes(row)) {
            put_u64(packed, column.cell(row).size());
            put(column, packed);
        } else {
            put_u64(packed,
                    static_cast<std::uint64_t>(column.is_absent(row) ? RawColumn::kAbsent
                                                                     : RawColumn::kNull));
        }
    }
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
    if (stride_ != 0 && bytes.size() <= stride_) {
        std::copy(bytes.begin(),
                  bytes.end(),
                  bytes_.begin() + static_cast<std::ptrdiff_t>(row * stride_));
        return;
    }
    const auto at = find_long(long_cells_, row);
    if (at != long_cells_.end() && at->row == row) {
        at->bytes = std::move(bytes);
    } else {
        long_cells_.insert(at, LongCell{row, std::move(bytes)});
    }
}

void RawColumn::move_cell(std::size_t row, std::string& out) {
    const auto at = find_long(long_cells_, row);
    if (at == long_cells_.end() || at->row != row) {
        out.append(cell(row));
        return;
    }
    move_bytes(at->bytes.data(), at->bytes.size(), out);
    long_cells_.erase(at);
    if (stride_ != 0) {
        lengths_[row] = 0;
    } else {
        packed_[row].length = 0;
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

std::string pack_row(const RawBlock& block,
                     const std::vector<DescribedColumn>& columns,
                     std::size_t row) {
    std::string packed = room_for_row(block, columns, row);
    pack_cells(block.columns, columns, row, packed, [row](const RawColumn& column, auto& out) {
        out += column.cell(row);
    });
    return packed;
}

std::string pack_row_away(RawBlock& block,
                          const std::vector<DescribedColumn>& columns,
                          std::size_t row) {
    std::string packed = room_for_row(block, columns, row);
    pack_cells(block.columns, columns, row, packed, [row](RawColumn& column, auto& out) {
        column.move_cell(row, out);
    });
    return packed;
}

bool read_packed_row(std::string_view packed, std::vector<PackedCell>& cells) {
    cells.clear();
    return unpack_cells(packed, cells);
}

bool read_packed_row(std::string_view packed,
                     const std::vector<DescribedColumn>& columns,
                     std::vector<PackedCell>& cells) {
    if (!read_packed_row(packed, cells)) {
        return false;
    }
    // As the source that packed it gives it: of nearly every row.
    const bool in_order = std::equal(cells.begin(),
                                     cells.end(),
                                     columns.begin(),
                                     columns.end(),
                                     [](const PackedCell& cell, const DescribedColumn& column) {
                                         return cell.name == column.name;
                                     });
    if (!in_order) {
        std::vector<PackedCell> ordered;
        for (const DescribedColumn& column : columns) {
            ordered.push_back(cell_of(cells, column.name));
        }
        cells = std::move(ordered);
    }
    return true;
}

bool unpack_row(std::string_view packed,
                const std::vector<DescribedColumn>& columns,
                RawBlock& block) {
    std::vector<PackedCell> cells;
    if (!read_packed_row(packed, columns, cells)) {
        return false;
    }
    if (block.columns.empty()) {
        block.columns.resize(columns.size());
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
        append_cell(block.columns.at(i), cells[i]);
    }
    ++block.rows;
    return true;
}

}  // namespace hrbridge::base
