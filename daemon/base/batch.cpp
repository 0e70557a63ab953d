#include "daemon/base/batch.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

namespace hrbridge::base {
namespace {

template <typename T>
const T& value_as(const Column& column, const Value& value) {
    const T* typed = std::get_if<T>(&value);
    if (typed == nullptr) {
        throw std::logic_error("column " + column.name() + " takes " + to_string(column.type()));
    }
    return *typed;
}

std::int64_t to_word(const Column& column, const Value& value) {
    switch (column.type().kind) {
        case Kind::Bool:
            return value_as<bool>(column, value) ? 1 : 0;
        case Kind::Date:
            return value_as<Date>(column, value).time_since_epoch().count();
        case Kind::Timestamp:
            return value_as<Timestamp>(column, value).time_since_epoch().count();
        case Kind::Int:
        case Kind::Decimal:
        case Kind::Text:
        case Kind::Bytes:
            break;
    }
    return value_as<std::int64_t>(column, value);
}

template <typename T>
void retain_items(std::vector<T>& items, const std::vector<std::uint8_t>& keep) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (keep[i] != 0) {
            items[kept++] = std::move(items[i]);
        }
    }
    items.resize(kept);
}

}  // namespace

void Column::append_null() {
    mark(false);
    switch (type_.kind) {
        case Kind::Int:
        case Kind::Bool:
        case Kind::Date:
        case Kind::Timestamp:
            words_.push_back(0);
            break;
        case Kind::Decimal:
            decimals_.push_back(0);
            break;
        case Kind::Text:
        case Kind::Bytes:
            ends_.push_back(bytes_.size());
            break;
    }
}

void Column::append_value(const Value& value) {
    if (std::holds_alternative<Null>(value)) {
        append_null();
        return;
    }
    switch (type_.kind) {
        case Kind::Int:
        case Kind::Bool:
        case Kind::Date:
        case Kind::Timestamp:
            append_word(to_word(*this, value));
            break;
        case Kind::Decimal: {
            const auto scaled = value_as<Decimal>(*this, value).rescaled(type_.scale);
            if (!scaled) {
                throw std::logic_error("column " + name_ + " cannot hold the decimal exactly");
            }
            append_decimal(scaled->unscaled());
            break;
        }
        case Kind::Text:
            append_bytes(value_as<std::string>(*this, value));
            break;
        case Kind::Bytes:
            append_bytes(value_as<Bytes>(*this, value).data);
            break;
    }
}

Value Column::value(std::size_t row) const {
    if (is_null(row)) {
        return Null{};
    }
    switch (type_.kind) {
        case Kind::Int:
            break;
        case Kind::Bool:
            return word(row) != 0;
        case Kind::Date:
            return Date(std::chrono::days(word(row)));
        case Kind::Timestamp:
            return Timestamp(std::chrono::microseconds(word(row)));
        case Kind::Decimal:
            return Decimal(decimal(row), type_.scale);
        case Kind::Text:
            return std::string(bytes(row));
        case Kind::Bytes:
            return Bytes{std::string(bytes(row))};
    }
    return word(row);
}

void Column::clear() {
    rows_ = 0;
    valid_.clear();
    words_.clear();
    decimals_.clear();
    ends_.clear();
    bytes_.clear();
}

void Column::retain(const std::vector<std::uint8_t>& keep) {
    if (keep.size() != rows_) {
        throw std::logic_error("column " + name_ + " has another number of rows than the filter");
    }
    retain_items(words_, keep);
    retain_items(decimals_, keep);
    const std::vector<std::uint64_t> valid = std::exchange(valid_, {});
    const bool has_bytes = !ends_.empty();
    rows_ = 0;
    std::size_t begin = 0;
    std::size_t size = 0;
    for (std::size_t row = 0; row < keep.size(); ++row) {
        const std::size_t end = has_bytes ? ends_[row] : 0;
        if (keep[row] != 0) {
            if (has_bytes) {
                std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(begin),
                          bytes_.begin() + static_cast<std::ptrdiff_t>(end),
                          bytes_.begin() + static_cast<std::ptrdiff_t>(size));
                size += end - begin;
                ends_[rows_] = size;
            }
            mark(((valid[row / 64] >> (row % 64)) & 1U) != 0);
        }
        begin = end;
    }
    if (has_bytes) {
        ends_.resize(rows_);
        bytes_.resize(size);
    }
}

std::size_t Column::byte_size() const {
    return (valid_.size() * sizeof(std::uint64_t)) + (words_.size() * sizeof(std::int64_t)) +
           (decimals_.size() * sizeof(Int128)) + (ends_.size() * sizeof(std::size_t)) +
           bytes_.size();
}

const Column* Batch::find(std::string_view name) const {
    const auto at = std::find_if(columns.begin(), columns.end(), [&](const Column& column) {
        return column.name() == name;
    });
    return at == columns.end() ? nullptr : &*at;
}

void Batch::clear() {
    for (Column& column : columns) {
        column.clear();
    }
    hashes.clear();
    source_rows.clear();
    times.clear();
    sources.clear();
}

void Batch::retain(const std::vector<std::uint8_t>& keep) {
    for (Column& column : columns) {
        column.retain(keep);
    }
    retain_items(hashes, keep);
    retain_items(source_rows, keep);
    if (!times.empty()) {
        retain_items(times, keep);
    }
    if (!sources.empty()) {
        retain_items(sources, keep);
    }
}

std::size_t Batch::byte_size() const {
    std::size_t size = (hashes.size() * sizeof(RowHash)) +
                       (source_rows.size() * sizeof(std::uint32_t)) +
                       ((times.size() + sources.size()) * sizeof(std::int64_t));
    for (const Column& column : columns) {
        size += column.byte_size();
    }
    return size;
}

}  // namespace hrbridge::base
