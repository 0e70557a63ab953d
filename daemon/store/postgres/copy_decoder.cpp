#include "daemon/store/postgres/copy_decoder.h"

#include <array>
#include <cstdint>
#include <memory>

#include <libpq-fe.h>

#include "daemon/base/error.h"
#include "daemon/store/postgres/binary.h"
#include "daemon/store/postgres/result.h"

namespace hrbridge::store::postgres {
namespace {

// src/backend/commands/copyto.c
constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr std::size_t kFlagBytes = 4;
constexpr std::uint16_t kEnd = 0xffff;
constexpr std::uint32_t kNull = 0xffffffff;

[[noreturn]] void fail() {
    throw base::StoreError("08P01", base::Remedy::Stop, "a copied row is not of the form expected");
}

template <typename T>
T get(std::string_view bytes) {
    if (bytes.size() < sizeof(T)) {
        fail();
    }
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        value = static_cast<T>(static_cast<T>(value << 8U) | static_cast<unsigned char>(bytes[i]));
    }
    return value;
}

std::int64_t whole_64(std::string_view bytes) {
    if (bytes.size() != sizeof(std::uint64_t)) {
        fail();
    }
    return static_cast<std::int64_t>(get<std::uint64_t>(bytes));
}

std::int32_t whole_32(std::string_view bytes) {
    if (bytes.size() != sizeof(std::uint32_t)) {
        fail();
    }
    return static_cast<std::int32_t>(get<std::uint32_t>(bytes));
}

void set_cell(const base::FieldType& type, std::string_view bytes, sql::ScanCell& cell) {
    switch (type.kind) {
        case base::Kind::Int:
            cell.word = whole_64(bytes);
            return;
        case base::Kind::Bool:
            cell.word = bytes == std::string_view("\1", 1) ? 1 : 0;
            return;
        case base::Kind::Date:
            cell.word = whole_32(bytes) + kEpochDays;
            return;
        case base::Kind::Timestamp:
            cell.word = whole_64(bytes) + kEpochMicroseconds;
            return;
        case base::Kind::Decimal:
            cell.decimal = get_numeric(bytes).unscaled();
            return;
        case base::Kind::Text:
        case base::Kind::Bytes:
            cell.bytes = bytes;
            return;
    }
}

// What is under way on the server ends, and its answers are read.
void cancel(PGconn* connection) noexcept {
    const std::unique_ptr<PGcancel, void (*)(PGcancel*)> request(PQgetCancel(connection),
                                                                 PQfreeCancel);
    std::array<char, 256> reason{};
    PQcancel(request.get(), reason.data(), static_cast<int>(reason.size()));
    char* message = nullptr;
    while (PQgetCopyData(connection, &message, 0) > 0) {
        PQfreemem(message);
    }
    while (Result(PQgetResult(connection)) != nullptr) {
    }
}

}  // namespace

std::string_view CopyDecoder::take_head(std::string_view message) {
    head_seen_ = true;
    if (!message.starts_with(kSignature) || message.size() < kSignature.size() + kFlagBytes) {
        fail();
    }
    message.remove_prefix(kSignature.size() + kFlagBytes);
    const auto extension = get<std::uint32_t>(message);
    if (extension > message.size() - sizeof extension) {
        fail();
    }
    message.remove_prefix(sizeof extension + extension);
    return message;
}

std::string_view CopyDecoder::take_row(std::string_view message) {
    for (std::size_t i = 0; i < types_.size(); ++i) {
        const auto size = get<std::uint32_t>(message);
        message.remove_prefix(sizeof size);
        cells_[i] = {};
        cells_[i].null = size == kNull;
        if (size == kNull) {
            continue;
        }
        if (size > message.size()) {
            fail();
        }
        set_cell(types_[i], message.substr(0, size), cells_[i]);
        message.remove_prefix(size);
    }
    return message;
}

void CopyDecoder::decode(std::string_view message, const sql::ScanRow& row) {
    if (!head_seen_) {
        message = take_head(message);
    }
    while (!message.empty()) {
        const auto fields = get<std::uint16_t>(message);
        message.remove_prefix(sizeof fields);
        if (fields == kEnd) {
            return;
        }
        if (fields != types_.size()) {
            fail();
        }
        message = take_row(message);
        row(cells_);
    }
}

void copy_out(pg_conn* connection,
              std::span<const base::FieldType> types,
              const sql::ScanRow& row) {
    CopyDecoder decoder(types);
    char* message = nullptr;
    int size = 0;
    try {
        while ((size = PQgetCopyData(connection, &message, 0)) > 0) {
            const std::unique_ptr<char, void (*)(void*)> owner(message, PQfreemem);
            decoder.decode({message, static_cast<std::size_t>(size)}, row);
        }
    } catch (...) {
        cancel(connection);
        throw;
    }
}

void scan_result(const pg_result& result,
                 std::span<const base::FieldType> types,
                 const sql::ScanRow& row) {
    if (PQnfields(&result) != static_cast<int>(types.size())) {
        fail();
    }
    std::vector<sql::ScanCell> cells(types.size());
    const int rows = PQntuples(&result);
    for (int at = 0; at < rows; ++at) {
        for (std::size_t i = 0; i < types.size(); ++i) {
            const int field = static_cast<int>(i);
            cells[i] = {};
            cells[i].null = PQgetisnull(&result, at, field) != 0;
            if (!cells[i].null) {
                const auto size = static_cast<std::size_t>(PQgetlength(&result, at, field));
                set_cell(types[i], {PQgetvalue(&result, at, field), size}, cells[i]);
            }
        }
        row(cells);
    }
}

}  // namespace hrbridge::store::postgres
