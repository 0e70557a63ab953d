#include "daemon/base/raw_block.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "daemon/base/text.h"

namespace hrbridge::base {
namespace {

constexpr char kPackedVersion = 1;

void put_u64(std::string& out, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>((value >> static_cast<unsigned>(shift)) & 0xFFU));
    }
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

struct PackedCell {
    std::string_view name;
    std::int64_t length = RawColumn::kAbsent;
    std::string_view bytes;
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

std::optional<std::vector<PackedCell>> unpack_cells(std::string_view packed) {
    if (packed.empty() || packed.front() != kPackedVersion) {
        return std::nullopt;
    }
    Unpacker in(packed.substr(1));
    std::vector<PackedCell> cells;
    while (!in.empty()) {
        const auto cell = unpack_cell(in);
        if (!cell) {
            return std::nullopt;
        }
        cells.push_back(*cell);
    }
    return cells;
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

}  // namespace

void RawColumn::use_stride(std::size_t stride, std::size_t rows) {
    if (stride == 0) {
        throw std::logic_error("a raw column with fixed room needs a stride");
    }
    stride_ = stride;
    // What an older block left is read by nobody: its lengths are gone.
    bytes_.resize(stride * rows);
    lengths_.assign(rows, kNull);
    offsets_.clear();
    long_cells_.clear();
}

void RawColumn::use_packed() {
    stride_ = 0;
    clear();
}

void RawColumn::pack(const RawColumn& from, std::size_t rows) {
    use_packed();
    lengths_.assign(from.lengths_.begin(),
                    from.lengths_.begin() + static_cast<std::ptrdiff_t>(rows));
    offsets_.resize(rows);
    std::size_t size = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        offsets_[row] = size;
        size += lengths_[row] > 0 ? static_cast<std::size_t>(lengths_[row]) : 0;
    }
    bytes_.resize(size);
    for (std::size_t row = 0; row < rows; ++row) {
        const std::string_view cell = from.cell(row);
        if (!cell.empty()) {
            std::memcpy(bytes_.data() + offsets_[row], cell.data(), cell.size());
        }
    }
}

void RawColumn::set_long(std::size_t row, std::string bytes) {
    lengths_.at(row) = static_cast<std::int64_t>(bytes.size());
    if (stride_ != 0 && bytes.size() <= stride_) {
        std::copy(bytes.begin(),
                  bytes.end(),
                  bytes_.begin() + static_cast<std::ptrdiff_t>(row * stride_));
        return;
    }
    if (stride_ == 0) {
        offsets_.at(row) = kLongOffset;
    }
    const auto at = std::lower_bound(
        long_cells_.begin(), long_cells_.end(), row, [](const LongCell& cell, std::size_t wanted) {
            return cell.row < wanted;
        });
    if (at != long_cells_.end() && at->row == row) {
        at->bytes = std::move(bytes);
    } else {
        long_cells_.insert(at, LongCell{row, std::move(bytes)});
    }
}

std::string_view RawColumn::long_cell(std::size_t row) const {
    const auto at = std::lower_bound(
        long_cells_.begin(), long_cells_.end(), row, [](const LongCell& cell, std::size_t wanted) {
            return cell.row < wanted;
        });
    if (at == long_cells_.end() || at->row != row) {
        // The owner kept a length beyond the room and did not read the cell apart: going on would
        // cut the value silently.
        throw std::logic_error("a raw cell is longer than its room and was not read apart");
    }
    return at->bytes;
}

void RawColumn::fail_append() {
    throw std::logic_error("append to a raw column with fixed room");
}

std::size_t RawColumn::cell_bytes(std::size_t rows) const {
    std::size_t bytes = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        bytes += lengths_[row] > 0 ? static_cast<std::size_t>(lengths_[row]) : 0;
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
    lengths_.clear();
    offsets_.clear();
}

std::size_t RawColumn::byte_size() const {
    std::size_t size = bytes_.size() + (lengths_.size() * sizeof(std::int64_t)) +
                       (offsets_.size() * sizeof(std::size_t));
    for (const LongCell& cell : long_cells_) {
        size += cell.bytes.size();
    }
    return size;
}

void RawBlock::clear() {
    for (RawColumn& column : columns) {
        column.clear();
    }
    rows = 0;
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
    std::string packed(1, kPackedVersion);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const RawColumn& column = block.columns.at(i);
        put_u64(packed, columns[i].name.size());
        packed += columns[i].name;
        if (column.has_bytes(row)) {
            const std::string_view cell = column.cell(row);
            put_u64(packed, cell.size());
            packed += cell;
        } else {
            put_u64(packed,
                    static_cast<std::uint64_t>(column.is_absent(row) ? RawColumn::kAbsent
                                                                     : RawColumn::kNull));
        }
    }
    return packed;
}

bool unpack_row(std::string_view packed,
                const std::vector<DescribedColumn>& columns,
                RawBlock& block) {
    const auto cells = unpack_cells(packed);
    if (!cells) {
        return false;
    }
    if (block.columns.empty()) {
        block.columns.resize(columns.size());
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
        // Databases fold the case of names each in its own way.
        const std::string name = to_lower_ascii(columns[i].name);
        const auto cell =
            std::find_if(cells->begin(), cells->end(), [&](const PackedCell& candidate) {
                return to_lower_ascii(candidate.name) == name;
            });
        append_cell(block.columns.at(i), cell == cells->end() ? PackedCell{} : *cell);
    }
    ++block.rows;
    return true;
}

}  // namespace hrbridge::base
