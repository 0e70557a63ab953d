#include "daemon/store/sqlite/cells.h"

#include <array>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include <sqlite3.h>

#include "daemon/base/error.h"

namespace hrbridge::store::sqlite {
namespace {

constexpr std::size_t kWideBytes = 16;

std::array<char, kWideBytes> pack_wide(base::Int128 number) {
    auto bits = static_cast<base::UInt128>(number) ^ (base::UInt128{1} << 127U);
    std::array<char, kWideBytes> bytes{};
    for (std::size_t i = kWideBytes; i-- > 0;) {
        bytes[i] = static_cast<char>(static_cast<unsigned char>(bits & 0xffU));
        bits >>= 8U;
    }
    return bytes;
}

base::Int128 unpack_wide(std::string_view bytes) {
    if (bytes.size() != kWideBytes) {
        throw base::StoreError(
            "SQLITE_CORRUPT", base::Remedy::Stop, "a decimal has a wrong length");
    }
    base::UInt128 bits = 0;
    for (const char byte : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(byte);
    }
    return static_cast<base::Int128>(bits ^ (base::UInt128{1} << 127U));
}

int bind_decimal(sqlite3_stmt* statement, int parameter, base::Int128 number) {
    if (number >= std::numeric_limits<std::int64_t>::min() &&
        number <= std::numeric_limits<std::int64_t>::max()) {
        return sqlite3_bind_int64(statement, parameter, static_cast<std::int64_t>(number));
    }
    const auto bytes = pack_wide(number);
    return sqlite3_bind_blob(
        statement, parameter, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
}

// An empty string_view may have no address, and SQLite takes a null pointer as NULL.
const char* address(std::string_view bytes) {
    return bytes.data() == nullptr ? "" : bytes.data();
}

int bind_text(sqlite3_stmt* statement, int parameter, std::string_view text) {
    return sqlite3_bind_text64(
        statement, parameter, address(text), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

int bind_blob(sqlite3_stmt* statement, int parameter, std::string_view bytes) {
    return sqlite3_bind_blob64(statement, parameter, address(bytes), bytes.size(), SQLITE_STATIC);
}

std::string_view read_bytes(sqlite3_stmt* statement, int column) {
    const void* data = sqlite3_column_blob(statement, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return data == nullptr ? std::string_view{}
                           : std::string_view{static_cast<const char*>(data), size};
}

base::Value read_untyped(sqlite3_stmt* statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER:
            return std::int64_t{sqlite3_column_int64(statement, column)};
        case SQLITE_TEXT:
            return std::string{read_bytes(statement, column)};
        case SQLITE_BLOB:
            return base::Bytes{std::string{read_bytes(statement, column)}};
        default:
            throw std::logic_error("a query gives a floating point number; the store has none");
    }
}

}  // namespace

int bind_value(sqlite3_stmt* statement, int parameter, const base::Value& value) {
    return std::visit(
        [&](const auto& cell) -> int {
            using T = std::decay_t<decltype(cell)>;
            if constexpr (std::is_same_v<T, base::Null>) {
                return sqlite3_bind_null(statement, parameter);
            } else if constexpr (std::is_same_v<T, std::int64_t>) {
                return sqlite3_bind_int64(statement, parameter, cell);
            } else if constexpr (std::is_same_v<T, bool>) {
                return sqlite3_bind_int(statement, parameter, cell ? 1 : 0);
            } else if constexpr (std::is_same_v<T, base::Decimal>) {
                return bind_decimal(statement, parameter, cell.unscaled());
            } else if constexpr (std::is_same_v<T, std::string>) {
                return bind_text(statement, parameter, cell);
            } else if constexpr (std::is_same_v<T, base::Bytes>) {
                return bind_blob(statement, parameter, cell.data);
            } else {
                return sqlite3_bind_int64(statement, parameter, cell.time_since_epoch().count());
            }
        },
        value);
}

int bind_cell(sqlite3_stmt* statement, int parameter, const base::Column& column, std::size_t row) {
    if (column.is_null(row)) {
        return sqlite3_bind_null(statement, parameter);
    }
    switch (column.type().kind) {
        case base::Kind::Int:
        case base::Kind::Bool:
        case base::Kind::Date:
        case base::Kind::Timestamp:
            return sqlite3_bind_int64(statement, parameter, column.word(row));
        case base::Kind::Decimal:
            return bind_decimal(statement, parameter, column.decimal(row));
        case base::Kind::Text:
            return bind_text(statement, parameter, column.bytes(row));
        case base::Kind::Bytes:
            return bind_blob(statement, parameter, column.bytes(row));
    }
    return SQLITE_MISUSE;
}

base::Value read_cell(sqlite3_stmt* statement, int column, const std::optional<ColumnType>& type) {
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
        return base::Null{};
    }
    if (!type) {
        return read_untyped(statement, column);
    }
    if (type->sealed) {
        return base::Bytes{std::string{read_bytes(statement, column)}};
    }
    switch (type->type.kind) {
        case base::Kind::Int:
            return std::int64_t{sqlite3_column_int64(statement, column)};
        case base::Kind::Bool:
            return sqlite3_column_int64(statement, column) != 0;
        case base::Kind::Date:
            return base::Date{std::chrono::days{sqlite3_column_int(statement, column)}};
        case base::Kind::Timestamp:
            return base::Timestamp{
                std::chrono::microseconds{sqlite3_column_int64(statement, column)}};
        case base::Kind::Decimal:
            if (sqlite3_column_type(statement, column) == SQLITE_BLOB) {
                return base::Decimal{unpack_wide(read_bytes(statement, column)), type->type.scale};
            }
            return base::Decimal{sqlite3_column_int64(statement, column), type->type.scale};
        case base::Kind::Text:
            return std::string{read_bytes(statement, column)};
        case base::Kind::Bytes:
            return base::Bytes{std::string{read_bytes(statement, column)}};
    }
    throw std::logic_error("a column of no kind");
}

void scan_cell(sqlite3_stmt* statement,
               int column,
               const base::FieldType& type,
               sql::ScanCell& cell) {
    cell = {};
    cell.null = sqlite3_column_type(statement, column) == SQLITE_NULL;
    if (cell.null) {
        return;
    }
    switch (type.kind) {
        case base::Kind::Int:
        case base::Kind::Bool:
        case base::Kind::Date:
        case base::Kind::Timestamp:
            cell.word = sqlite3_column_int64(statement, column);
            return;
        case base::Kind::Decimal:
            cell.decimal = sqlite3_column_type(statement, column) == SQLITE_BLOB
                               ? unpack_wide(read_bytes(statement, column))
                               : base::Int128{sqlite3_column_int64(statement, column)};
            return;
        case base::Kind::Text:
        case base::Kind::Bytes:
            cell.bytes = read_bytes(statement, column);
            return;
    }
}

}  // namespace hrbridge::store::sqlite
