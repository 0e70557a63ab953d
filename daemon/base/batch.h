#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/row_hash.h"
#include "daemon/base/value.h"

namespace hrbridge::base {

// A typed column with a validity bitmap. Append in row order; read at random. NULL cells read as
// 0 or "". Int, Bool, Date (days) and Timestamp (microseconds) share 64-bit words; a Decimal
// column has one scale for all cells, its type's.
class Column {
  public:
    Column(std::string name, FieldType type) : name_(std::move(name)), type_(type) {}

    const std::string& name() const { return name_; }
    const FieldType& type() const { return type_; }
    std::size_t rows() const { return rows_; }

    void append_null();
    // Int, Bool, Date, Timestamp
    void append_word(std::int64_t word) {
        mark(true);
        words_.push_back(word);
    }
    // at type().scale
    void append_decimal(Int128 unscaled) {
        mark(true);
        decimals_.push_back(unscaled);
    }
    // Text (valid UTF-8) and Bytes
    void append_bytes(std::string_view bytes) {
        mark(true);
        bytes_.append(bytes);
        ends_.push_back(bytes_.size());
    }
    // By the column's kind; for tests and slow paths. std::logic_error when the value is of another
    // kind or a decimal does not fit the column's scale.
    void append_value(const Value& value);

    bool is_null(std::size_t row) const { return ((valid_[row / 64] >> (row % 64)) & 1U) == 0; }
    std::int64_t word(std::size_t row) const { return words_[row]; }
    Int128 decimal(std::size_t row) const { return decimals_[row]; }
    std::string_view bytes(std::size_t row) const {
        const std::size_t begin = row == 0 ? 0 : ends_[row - 1];
        return {bytes_.data() + begin, ends_[row] - begin};
    }
    Value value(std::size_t row) const;

    void clear();
    // Drops the rows whose `keep` is 0; `keep` has rows() elements.
    void retain(const std::vector<std::uint8_t>& keep);
    std::size_t byte_size() const;

  private:
    void mark(bool valid) {
        if (rows_ % 64 == 0) {
            valid_.push_back(0);
        }
        valid_.back() |= static_cast<std::uint64_t>(valid) << (rows_ % 64);
        ++rows_;
    }

    std::string name_;
    FieldType type_;
    std::size_t rows_ = 0;
    std::vector<std::uint64_t> valid_;
    std::vector<std::int64_t> words_;
    std::vector<Int128> decimals_;
    std::vector<std::size_t> ends_;  // cell i is bytes_[ends_[i-1], ends_[i])
    std::string bytes_;
};

// Rows that passed the format checks, ready for staging. `hashes[i]` is the row hash of row i
// (row_hash.h), `source_rows[i]` its index in the raw block that it came from, `times[i]` when the
// source says that it changed: only good for comparing rows of one mapping. `sources[i]` tells the
// source rows of one target key apart: 0 where the target key is the source's own, else a digest of
// the source's key. Both are empty where the source says nothing of times.
struct Batch {
    std::vector<Column> columns;
    std::vector<RowHash> hashes;
    std::vector<std::uint32_t> source_rows;
    std::vector<std::int64_t> times;
    std::vector<std::int64_t> sources;

    std::size_t rows() const { return columns.empty() ? 0 : columns.front().rows(); }
    // nullptr when there is no such column.
    const Column* find(std::string_view name) const;
    void clear();
    void retain(const std::vector<std::uint8_t>& keep);
    std::size_t byte_size() const;
};

}  // namespace hrbridge::base
