#include "daemon/store/sqlite/long_cell.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <sqlite3.h>

#include "daemon/store/sqlite/error.h"

namespace hrbridge::store::sqlite {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20U;
constexpr std::string_view kDoing = "storing a long value";

struct BlobCloser {
    void operator()(sqlite3_blob* blob) const { sqlite3_blob_close(blob); }
};
using Blob = std::unique_ptr<sqlite3_blob, BlobCloser>;

Blob open_blob(sqlite3* handle, const sql::LongCell& cell) {
    sqlite3_blob* opened = nullptr;
    const int code = sqlite3_blob_open(handle,
                                       "main",
                                       std::string(cell.table).c_str(),
                                       std::string(cell.column).c_str(),
                                       cell.id,
                                       1,
                                       &opened);
    Blob blob(opened);
    if (code != SQLITE_OK) {
        throw make_error(code, handle, kDoing);
    }
    return blob;
}

}  // namespace

// Zeros at the end of a row are not made in memory.
void put_long(sql::Connection& connection, sqlite3* handle, const sql::LongCell& cell) {
    if (!connection.in_transaction()) {
        throw std::logic_error("a long value is stored in a transaction");
    }
    const auto zeros =
        fmt::format("UPDATE {} SET {} = zeroblob($1) WHERE id = $2", cell.table, cell.column);
    if (connection.execute(zeros, {static_cast<std::int64_t>(cell.bytes.size()), cell.id}) != 1) {
        throw std::logic_error("a long value for a row that is not there");
    }
    const Blob blob = open_blob(handle, cell);
    for (std::size_t at = 0; at < cell.bytes.size(); at += kPiece) {
        const auto piece = cell.bytes.substr(at, kPiece);
        const int code = sqlite3_blob_write(
            blob.get(), piece.data(), static_cast<int>(piece.size()), static_cast<int>(at));
        if (code != SQLITE_OK) {
            throw make_error(code, handle, kDoing);
        }
    }
}

}  // namespace hrbridge::store::sqlite
