#include "daemon/store/postgres/long_cell.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "daemon/base/batch.h"

namespace hrbridge::store::postgres {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20U;
constexpr std::string_view kTable = "long_value_piece";
constexpr std::string_view kCreate =
    "CREATE TEMP TABLE IF NOT EXISTS long_value_piece (piece_no bigint, bytes bytea) ON COMMIT "
    "DELETE ROWS";
constexpr std::string_view kJoin =
    "UPDATE {} SET {} = coalesce((SELECT string_agg(bytes, ''::bytea ORDER BY piece_no) FROM "
    "long_value_piece), ''::bytea) WHERE id = $1";

void send_pieces(sql::Connection& connection, std::string_view bytes) {
    base::Column number("piece_no", {base::Kind::Int});
    base::Column piece("bytes", {base::Kind::Bytes});
    const std::array<const base::Column*, 2> columns{&number, &piece};
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
        number.append_word(static_cast<std::int64_t>(at));
        piece.append_bytes(bytes.substr(at, kPiece));
        connection.bulk_insert(kTable, columns);
        number.clear();
        piece.clear();
    }
}

}  // namespace

// The library holds the values of a statement whole before it sends them, and the rows of a COPY
// not: the server puts the pieces together.
void put_long(sql::Connection& connection, const sql::LongCell& cell) {
    if (!connection.in_transaction()) {
        throw std::logic_error("a long value is stored in a transaction");
    }
    connection.run_script(kCreate);
    send_pieces(connection, cell.bytes);
    if (connection.execute(fmt::format(kJoin, cell.table, cell.column), {cell.id}) != 1) {
        throw std::logic_error("a long value for a row that is not there");
    }
    connection.run_script("TRUNCATE long_value_piece");
}

}  // namespace hrbridge::store::postgres
