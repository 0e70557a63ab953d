#include "daemon/base/packed_row.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "daemon/base/seal.h"
#include "daemon/base/text.h"

namespace hrbridge::base {
namespace {

constexpr char kPackedVersion = 1;

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
