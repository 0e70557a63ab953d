#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hrbridge::base {

// What a source says of a column before the first row moves. `type` is the source's own name in
// lower case ("varchar", "decimal", "datetime"); `size` in characters (bytes for binary), 0 when
// unknown; `nullable` false only when the source promises it. What follows is false unless the
// source is known to tell it.
struct DescribedColumn {
    std::string name;
    std::string type;
    std::int64_t size = 0;
    int scale = 0;
    bool nullable = true;
    bool exact = false;        // cells keep to type, size and scale; in SQLite they need not
    bool of_table = false;     // a table's own column, not an expression
    bool may_be_null = false;  // the table allows NULL; `nullable` is also true where nobody knows
    bool is_unsigned = false;  // a whole number

    friend bool operator==(const DescribedColumn&, const DescribedColumn&) = default;
};

// One column of a block as the source gave it: bytes per cell in the source's charset, nothing
// decoded, nothing trimmed. Either every cell has `stride` bytes of room (ODBC binds its buffers
// here) or, with stride 0, cells lie one behind another at `offsets`.
class RawColumn {
  public:
    static constexpr std::int64_t kNull = -1;
    static constexpr std::int64_t kAbsent = -2;  // the source's record has no such field
    // What a packed cell takes beside its bytes: of a table with many columns that is the most.
    static constexpr std::size_t kCellRoom = 2 * sizeof(std::uint32_t);
    // The bytes of a packed column, and of a cell.
    static constexpr std::size_t kMostPacked = 0x7FFFFFFF;

    // Fixed room: the owner writes cell bytes at data() + row * stride and lengths()[row].
    void use_stride(std::size_t stride, std::size_t rows);
    // Packed: append_* in row order.
    void use_packed();
    // Packed, with the first `rows` cells of another column and no more room than they need.
    void pack(const RawColumn& from, std::size_t rows);

    void append(std::string_view bytes) {
        start_packed(static_cast<std::int64_t>(bytes.size()));
        bytes_.append(bytes);
    }
    void append_null() { start_packed(kNull); }
    void append_absent() { start_packed(kAbsent); }
    // Replaces a cell that did not fit its room (a long column read apart).
    void set_long(std::size_t row, std::string bytes);
    // Appends the cell's bytes to `out`. A cell of set_long() goes over: it is empty then, and both
    // together never take more than a MiB beside its length.
    void move_cell(std::size_t row, std::string& out);
    // Appends the cell, which may be NULL or absent, to another column, a packed one. A cell of
    // set_long() goes over without a copy.
    void move_cell(std::size_t row, RawColumn& to);

    bool is_null(std::size_t row) const { return length(row) == kNull; }
    bool is_absent(std::size_t row) const { return length(row) == kAbsent; }
    bool has_bytes(std::size_t row) const { return length(row) >= 0; }
    // Empty for NULL and absent.
    std::string_view cell(std::size_t row) const {
        if (stride_ != 0) {
            const std::int64_t length = lengths_[row];
            if (length <= 0) {
                return {};
            }
            const auto size = static_cast<std::size_t>(length);
            return size <= stride_ ? std::string_view(bytes_.data() + (row * stride_), size)
                                   : long_cell(row);
        }
        const Packed& cell = packed_[row];
        if (cell.length <= 0) {
            return {};
        }
        return cell.offset == kLongOffset ? long_cell(row)
                                          : std::string_view(bytes_.data() + cell.offset,
                                                             static_cast<std::size_t>(cell.length));
    }

    char* data() { return bytes_.data(); }
    std::int64_t* lengths() { return lengths_.data(); }  // with fixed room only
    std::size_t stride() const { return stride_; }
    void clear();
    std::size_t byte_size() const;
    // Of the cells of the first `rows` rows, without unused room.
    std::size_t cell_bytes(std::size_t rows) const;

  private:
    struct LongCell {
        std::size_t row;
        std::string bytes;
    };
    struct Packed {
        std::uint32_t offset;
        std::int32_t length;  // kNull, kAbsent or the number of bytes
    };
    static constexpr std::uint32_t kLongOffset = 0xFFFFFFFF;

    std::int64_t length(std::size_t row) const {
        return stride_ != 0 ? lengths_[row] : packed_[row].length;
    }
    void start_packed(std::int64_t length) {
        if (stride_ != 0 || length > static_cast<std::int64_t>(kMostPacked - bytes_.size())) {
            fail_append();
        }
        packed_.push_back(
            {static_cast<std::uint32_t>(bytes_.size()), static_cast<std::int32_t>(length)});
    }
    [[noreturn]] void fail_append() const;
    std::string_view long_cell(std::size_t row) const;
    bool is_long(std::size_t row) const {
        return stride_ != 0 ? lengths_[row] > static_cast<std::int64_t>(stride_)
                            : packed_[row].length > 0 && packed_[row].offset == kLongOffset;
    }
    std::string take_long(std::size_t row);

    std::size_t stride_ = 0;
    std::string bytes_;
    std::vector<std::int64_t> lengths_;  // with fixed room: kNull, kAbsent or the number of bytes
    std::vector<Packed> packed_;         // packed: half of the room
    std::vector<LongCell> long_cells_;   // by row
};

// About 2,000 rows as fetched. Blocks are recycled: a reader clears and fills one that it owns.
struct RawBlock {
    std::vector<RawColumn> columns;  // in the order of Source::columns()
    std::size_t rows = 0;
    // Opaque to all but the connector: reading again "after" this place continues behind the
    // block's last row. Kept in the checkpoint.
    std::string position;
    // Rows before `position` that whoever reads leaves out, so that they are not among `rows`.
    std::size_t passed_over = 0;
    // Of rows that were kept as rejects and are mapped again: by what the store knows each. Empty
    // for rows from a source.
    std::vector<std::string> kept_as;

    void clear();
    std::size_t byte_size() const;
};

// A packed copy of the rows with these numbers.
RawBlock rows_of(const RawBlock& block, const std::vector<std::uint32_t>& numbers);

// A column that a connector adds when its source can hold records that cannot be taken apart (a CSV
// line with a lone quote). Absent in a good row. Otherwise the cell's first line is the reason,
// what follows is the record as it was read, all other cells are absent, and the row must be
// rejected: so nothing is lost.
inline constexpr std::string_view kMalformedColumn = "#malformed";
// A column that a connector adds when its source has files: "punches.csv:12", the row's first line.
// No field reads it; it is kept with refused rows.
inline constexpr std::string_view kPlaceColumn = "#place";

}  // namespace hrbridge::base
