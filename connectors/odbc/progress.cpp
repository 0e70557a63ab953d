#include "connectors/odbc/progress.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace hrbridge::odbc {
namespace {

constexpr std::size_t kMostTies = 10'000;
constexpr std::size_t kPatience = 1'000;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;

// A long cell by the hashes of its pieces, so that it is not copied whole. A cell of one piece is
// hashed as positions in stores have it.
void add_cell(base::RowHasher& hasher, std::string_view cell) {
    if (cell.size() <= kPieceBytes) {
        hasher.add_bytes(cell);
        return;
    }
    base::RowHasher piece;
    hasher.add_int(static_cast<std::int64_t>(cell.size()));
    for (; !cell.empty(); cell.remove_prefix(std::min(kPieceBytes, cell.size()))) {
        piece.add_bytes(cell.substr(0, kPieceBytes));
        hasher.add_bytes(piece.finish().view());
    }
}

void keep_strided(base::RawColumn& column, const std::vector<char>& keep) {
    const std::size_t stride = column.stride();
    std::size_t to = 0;
    for (std::size_t row = 0; row < keep.size(); ++row) {
        if (keep[row] == 0) {
            continue;
        }
        if (to != row) {
            std::memcpy(column.data() + (to * stride), column.data() + (row * stride), stride);
            column.lengths()[to] = column.lengths()[row];
        }
        ++to;
    }
}

void keep_packed(base::RawColumn& column, const std::vector<char>& keep) {
    base::RawColumn kept;
    kept.use_packed();
    for (std::size_t row = 0; row < keep.size(); ++row) {
        if (keep[row] == 0) {
            continue;
        }
        column.move_cell(row, kept);
    }
    column = std::move(kept);
}

std::string type_name(const ResultColumn& column) {
    return described_column(column).type;
}

}  // namespace

void keep_rows(base::RawBlock& block, const std::vector<char>& keep) {
    if (std::find(keep.begin(), keep.end(), 0) == keep.end()) {
        return;
    }
    for (base::RawColumn& column : block.columns) {
        if (column.stride() != 0) {
            keep_strided(column, keep);
        } else {
            keep_packed(column, keep);
        }
    }
    block.rows = keep.size() - static_cast<std::size_t>(std::count(keep.begin(), keep.end(), 0));
}

Progress::Progress(const Layout& layout,
                   std::vector<std::size_t> key,
                   Position after,
                   base::KeyedDigest* digest)
    : layout_(&layout), key_(std::move(key)), position_(std::move(after)), digest_(digest) {
    to_skip_ = key_.empty() ? position_.rows : 0;
    expect_ties();
}

void Progress::expect_ties() {
    expected_ = position_.ties;
    std::sort(expected_.begin(), expected_.end());
    patience_ = kPatience;
}

void Progress::leave_out(base::RawBlock& block) {
    if (to_skip_ > 0) {
        leave_out_counted(block);
    } else if (!expected_.empty()) {
        leave_out_ties(block);
    }
}

void Progress::leave_out_counted(base::RawBlock& block) {
    const std::uint64_t skipped = std::min<std::uint64_t>(to_skip_, block.rows);
    std::vector<char> keep(block.rows, 1);
    std::fill_n(keep.begin(), skipped, 0);
    keep_rows(block, keep);
    to_skip_ -= skipped;
}

void Progress::leave_out_ties(base::RawBlock& block) {
    std::vector<char> keep(block.rows, 1);
    for (std::size_t row = 0; row < block.rows && !expected_.empty(); ++row) {
        const base::RowHash hash = hash_of(block, row);
        const auto found = std::lower_bound(expected_.begin(), expected_.end(), hash);
        if (found != expected_.end() && *found == hash) {
            keep[row] = 0;
            expected_.erase(found);
        }
        // A tie that changed in between never comes again as it was.
        if (!same_key(block, row) && --patience_ == 0) {
            expected_.clear();
        }
    }
    keep_rows(block, keep);
}

bool Progress::advance(const base::RawBlock& block) {
    if (block.rows == 0) {
        return true;
    }
    if (key_.empty()) {
        position_.rows += block.rows;
        return true;
    }
    const std::size_t last = block.rows - 1;
    std::vector<KeyValue> key = key_of(block, last);
    if (key != position_.key) {
        position_.ties.clear();
        position_.key = std::move(key);
    }
    std::size_t first = block.rows;
    while (first > 0 && same_key(block, first - 1)) {
        --first;
    }
    if (first > 0) {
        position_.ties.clear();
    }
    for (std::size_t row = first; row < block.rows; ++row) {
        position_.ties.push_back(hash_of(block, row));
    }
    return position_.ties.size() <= kMostTies;
}

bool Progress::same_key(const base::RawBlock& block, std::size_t row) const {
    for (std::size_t at = 0; at < key_.size(); ++at) {
        const base::RawColumn& column = block.columns[key_[at]];
        const KeyValue& value = position_.key[at];
        const bool is_null = value.kind == KeyValue::Kind::Null;
        if (column.is_null(row) != is_null || (!is_null && column.cell(row) != value.value)) {
            return false;
        }
    }
    return true;
}

std::vector<KeyValue> Progress::key_of(const base::RawBlock& block, std::size_t row) const {
    std::vector<KeyValue> key;
    for (const std::size_t at : key_) {
        const ColumnPlan& plan = layout_->columns[at];
        const base::RawColumn& column = block.columns[at];
        KeyValue value;
        value.nullable = plan.described.nullable;
        value.type = type_name(plan.described);
        value.value = std::string(column.cell(row));
        if (column.is_null(row)) {
            value.kind = KeyValue::Kind::Null;
        } else if (plan.c_type == SQL_C_BINARY) {
            value.kind = KeyValue::Kind::Binary;
        } else if (is_number_type(plan.described.sql_type) && is_number(value.value)) {
            value.kind = KeyValue::Kind::Number;
        } else {
            value.kind = KeyValue::Kind::Text;
        }
        key.push_back(std::move(value));
    }
    return key;
}

base::RowHash Progress::hash_of(const base::RawBlock& block, std::size_t row) {
    for (const base::RawColumn& column : block.columns) {
        if (column.has_bytes(row)) {
            add_cell(hasher_, column.cell(row));
        } else {
            hasher_.add_null();
        }
    }
    const base::RowHash plain = hasher_.finish();
    return digest_ == nullptr ? plain : base::sealed_hash(plain, *digest_);
}

}  // namespace hrbridge::odbc
