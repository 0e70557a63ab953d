#include "daemon/store/postgres/copy_encoder.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "daemon/store/postgres/binary.h"

namespace hrbridge::store::postgres {
namespace {

// PostgreSQL manual, COPY, "Binary Format": signature, flags, length of the header's extension.
constexpr std::string_view kHead{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::uint32_t kNullLength = 0xffffffffU;
constexpr std::uint16_t kEndMark = 0xffffU;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kFirstRoom = std::size_t{1} << 20U;

std::size_t most_bytes(const base::Column& column, std::size_t row) {
    const auto kind = column.type().kind;
    return kLengthBytes + (kind == base::Kind::Text || kind == base::Kind::Bytes
                               ? column.bytes(row).size()
                               : kMostNumericBytes);
}

char* put_bytes(char* at, std::string_view bytes) {
    at = put_32(at, static_cast<std::uint32_t>(bytes.size()));
    if (!bytes.empty()) {
        std::memcpy(at, bytes.data(), bytes.size());
    }
    return at + bytes.size();
}

char* put_decimal(char* at, const base::Column& column, std::size_t row) {
    char* const start = at + kLengthBytes;
    char* const end = put_numeric(start, column.decimal(row), column.type().scale);
    put_32(at, static_cast<std::uint32_t>(end - start));
    return end;
}

char* put_cell(char* at, const base::Column& column, std::size_t row) {
    if (column.is_null(row)) {
        return put_32(at, kNullLength);
    }
    switch (column.type().kind) {
        case base::Kind::Int:
            return put_64(put_32(at, 8), static_cast<std::uint64_t>(column.word(row)));
        case base::Kind::Bool:
            at = put_32(at, 1);
            *at = column.word(row) != 0 ? '\1' : '\0';
            return at + 1;
        case base::Kind::Date:
            return put_32(put_32(at, 4), static_cast<std::uint32_t>(column.word(row) - kEpochDays));
        case base::Kind::Timestamp:
            return put_64(put_32(at, 8),
                          static_cast<std::uint64_t>(column.word(row) - kEpochMicroseconds));
        case base::Kind::Decimal:
            return put_decimal(at, column, row);
        case base::Kind::Text:
        case base::Kind::Bytes:
            return put_bytes(at, column.bytes(row));
    }
    return at;
}

}  // namespace

char* CopyEncoder::room(std::size_t bytes) {
    if (buffer_.size() - used_ < bytes) {
        buffer_.resize(std::max({kFirstRoom, buffer_.size() * 2, used_ + bytes}));
    }
    return buffer_.data() + used_;
}

void CopyEncoder::start() {
    std::memcpy(room(kHead.size()), kHead.data(), kHead.size());
    used_ += kHead.size();
}

void CopyEncoder::add_row(std::span<const base::Column* const> columns, std::size_t row) {
    std::size_t most = 2;
    for (const base::Column* column : columns) {
        most += most_bytes(*column, row);
    }
    char* at = put_16(room(most), static_cast<std::uint16_t>(columns.size()));
    for (const base::Column* column : columns) {
        at = put_cell(at, *column, row);
    }
    used_ = static_cast<std::size_t>(at - buffer_.data());
}

void CopyEncoder::finish() {
    put_16(room(2), kEndMark);
    used_ += 2;
}

}  // namespace hrbridge::store::postgres
