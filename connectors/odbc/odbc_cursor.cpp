#include <array>
#include <bit>
#include <chrono>
#include <limits>

#include <fmt/format.h>

#include "connectors/odbc/fetcher.h"
#include "connectors/odbc/handle.h"
#include "connectors/odbc/layout.h"

namespace hrbridge::odbc {
namespace {

// The C calls take text that they do not change as pointers to changeable bytes.
std::vector<SQLCHAR> sql_bytes(std::string_view text) {
    std::vector<SQLCHAR> bytes(text.begin(), text.end());
    bytes.push_back(0);
    return bytes;
}

// A driver that ends statements itself does so at the second.
constexpr std::chrono::milliseconds kDriversOwn{500};

std::string text_of(const std::array<SQLCHAR, 512>& bytes) {
    std::string text;
    for (const SQLCHAR byte : bytes) {
        if (byte == 0) {
            break;
        }
        text += static_cast<char>(byte);
    }
    return text;
}

}  // namespace

OdbcCursor::OdbcCursor(OdbcConnection& connection)
    : connection_(&connection), stmt_(connection.api(), SQL_HANDLE_STMT, connection.handle()) {
    if (connection.statement_seconds() > 0) {
        // Not every driver knows it, and some that take it do nothing.
        static_cast<void>(try_set(SQL_ATTR_QUERY_TIMEOUT,
                                  static_cast<std::uint64_t>(connection.statement_seconds())));
    }
}

template <typename Call>
SQLRETURN OdbcCursor::watched(Call call) {
    Watchdog* const watchdog = connection_->watchdog();
    if (watchdog == nullptr) {
        return call();
    }
    watchdog->watch(std::chrono::seconds(connection_->statement_seconds()) + kDriversOwn,
                    [this] { cancel(); });
    const SQLRETURN code = call();
    if (watchdog->leave() && !SQL_SUCCEEDED(code)) {
        connection_->fail("HYT00",
                          base::Remedy::Retry,
                          fmt::format("a statement took longer than guard.query_seconds, {}, and "
                                      "was ended",
                                      connection_->statement_seconds()));
    }
    return code;
}

void OdbcCursor::check(SQLRETURN code, std::string_view doing) {
    connection_->check(code, SQL_HANDLE_STMT, stmt_.get(), doing);
}

bool OdbcCursor::try_set(SQLINTEGER attribute, std::uint64_t value) {
    return SQL_SUCCEEDED(
        connection_->api().set_stmt_attr(stmt_.get(), attribute, std::bit_cast<SQLPOINTER>(value)));
}

void OdbcCursor::set_pointer(SQLINTEGER attribute, SQLPOINTER value) {
    check(connection_->api().set_stmt_attr(stmt_.get(), attribute, value),
          "setting up a statement");
}

void OdbcCursor::prepare(const Sql& sql) {
    std::vector<SQLCHAR> text = sql_bytes(sql.text);
    check(connection_->api().prepare(
              stmt_.get(), text.data(), static_cast<SQLINTEGER>(sql.text.size())),
          "preparing the query");
    parameters_.assign(sql.parameters.begin(), sql.parameters.end());
    parameter_lengths_.clear();
    SQLUSMALLINT number = 0;
    for (Parameter& parameter : parameters_) {
        SQLLEN& length =
            parameter_lengths_.emplace_back(static_cast<SQLLEN>(parameter.bytes.size()));
        check(
            connection_->api().bind_parameter(stmt_.get(),
                                              ++number,
                                              parameter.binary ? SQL_C_BINARY : SQL_C_CHAR,
                                              parameter.binary ? SQL_VARBINARY : SQL_VARCHAR,
                                              parameter.bytes.empty() ? 1 : parameter.bytes.size(),
                                              parameter.bytes.data(),
                                              &length),
            "binding a parameter");
    }
}

void OdbcCursor::execute() {
    const SQLRETURN code = watched([this] { return connection_->api().execute(stmt_.get()); });
    done_ = code == SQL_NO_DATA;
    if (code != SQL_NO_DATA) {
        check(code, "running the query");
    }
}

void OdbcCursor::run(std::string_view sql) {
    std::vector<SQLCHAR> text = sql_bytes(sql);
    const SQLRETURN code = watched([&] {
        return connection_->api().exec_direct(
            stmt_.get(), text.data(), static_cast<SQLINTEGER>(sql.size()));
    });
    done_ = code == SQL_NO_DATA;
    if (code != SQL_NO_DATA) {
        check(code, "running a statement");
    }
}

int OdbcCursor::column_count() {
    SQLSMALLINT count = 0;
    check(connection_->api().num_result_cols(stmt_.get(), &count), "describing the result");
    return count;
}

ResultColumn OdbcCursor::describe(int column) {
    Api& api = connection_->api();
    const auto number = static_cast<SQLUSMALLINT>(column);
    std::array<SQLCHAR, 512> text{};
    SQLSMALLINT length = 0;
    SQLSMALLINT digits = 0;
    SQLSMALLINT nullable = SQL_NULLABLE_UNKNOWN;
    SQLULEN size = 0;
    ResultColumn out;
    check(api.describe_col(stmt_.get(),
                           number,
                           text.data(),
                           static_cast<SQLSMALLINT>(text.size()),
                           &length,
                           &out.sql_type,
                           &size,
                           &digits,
                           &nullable),
          "describing a column");
    out.name = text_of(text);
    out.size = size;
    out.scale = digits;
    out.nullable = nullable != SQL_NO_NULLS;
    text.fill(0);
    SQLLEN display = 0;
    if (SQL_SUCCEEDED(api.col_attribute(stmt_.get(),
                                        number,
                                        SQL_DESC_TYPE_NAME,
                                        text.data(),
                                        static_cast<SQLSMALLINT>(text.size()),
                                        &length,
                                        &display))) {
        out.type = text_of(text);
    }
    display = 0;
    if (SQL_SUCCEEDED(api.col_attribute(
            stmt_.get(), number, SQL_DESC_DISPLAY_SIZE, nullptr, 0, nullptr, &display))) {
        out.display = display;
    }
    // Of what is no whole number drivers say one thing or the other.
    SQLLEN is_unsigned = SQL_FALSE;
    if (is_whole_type(out.sql_type) &&
        SQL_SUCCEEDED(api.col_attribute(
            stmt_.get(), number, SQL_DESC_UNSIGNED, nullptr, 0, nullptr, &is_unsigned))) {
        out.is_unsigned = is_unsigned == SQL_TRUE;
    }
    return out;
}

BaseColumn OdbcCursor::base_of(int column) {
    const auto text_at = [this, column](SQLUSMALLINT field) {
        std::array<SQLCHAR, 512> text{};
        SQLSMALLINT length = 0;
        SQLLEN number = 0;
        const SQLRETURN code = connection_->api().col_attribute(stmt_.get(),
                                                                static_cast<SQLUSMALLINT>(column),
                                                                field,
                                                                text.data(),
                                                                SQLSMALLINT{500},
                                                                &length,
                                                                &number);
        return SQL_SUCCEEDED(code) ? text_of(text) : std::string();
    };
    return {text_at(SQL_DESC_CATALOG_NAME),
            text_at(SQL_DESC_SCHEMA_NAME),
            text_at(SQL_DESC_BASE_TABLE_NAME),
            text_at(SQL_DESC_BASE_COLUMN_NAME),
            text_at(SQL_DESC_TABLE_NAME)};
}

void OdbcCursor::bind(int column, SQLSMALLINT c_type, const CellBuffer& buffer) {
    check(connection_->api().bind_col(stmt_.get(),
                                      static_cast<SQLUSMALLINT>(column),
                                      c_type,
                                      buffer.data,
                                      buffer.room,
                                      buffer.lengths),
          "binding a column");
}

bool OdbcCursor::fetch() {
    if (done_) {
        return false;
    }
    const SQLRETURN code = watched([this] { return connection_->api().fetch(stmt_.get()); });
    if (code == SQL_NO_DATA) {
        done_ = true;
        return false;
    }
    check(code, "reading rows");
    return true;
}

Piece OdbcCursor::get_data(int column, SQLSMALLINT c_type, char* buffer, std::size_t room) {
    SQLLEN length = 0;
    const SQLRETURN code = connection_->api().get_data(stmt_.get(),
                                                       static_cast<SQLUSMALLINT>(column),
                                                       c_type,
                                                       buffer,
                                                       static_cast<SQLLEN>(room),
                                                       &length);
    if (code == SQL_NO_DATA) {
        return {.null = false, .last = true, .bytes = 0};
    }
    if (!SQL_SUCCEEDED(code)) {
        check(code, "reading a long value");
    }
    if (length == SQL_NULL_DATA) {
        return {.null = true, .last = true, .bytes = 0};
    }
    // The indicator, not the notice of the driver, says whether more follows: some drivers cut
    // without a word.
    const std::size_t most = c_type == SQL_C_CHAR ? room - 1 : room;
    if (length == SQL_NO_TOTAL || (length >= 0 && static_cast<std::size_t>(length) > most)) {
        return {.null = false, .last = false, .bytes = most};
    }
    if (length < 0) {
        connection_->fail("HY090", base::Remedy::Stop, "the driver gave a negative length");
    }
    return {.null = false, .last = code == SQL_SUCCESS, .bytes = static_cast<std::size_t>(length)};
}

bool OdbcCursor::read_cell(int column, SQLSMALLINT c_type, std::string& out) {
    constexpr std::size_t kPiece = 16384;
    piece_.resize(kPiece);
    out.clear();
    for (;;) {
        const Piece piece = get_data(column, c_type, piece_.data(), piece_.size());
        if (piece.null) {
            return false;
        }
        out.append(piece_.data(), piece.bytes);
        if (piece.last) {
            return true;
        }
    }
}

void OdbcCursor::reset() noexcept {
    static_cast<void>(connection_->api().free_stmt(stmt_.get(), SQL_CLOSE));
    static_cast<void>(connection_->api().free_stmt(stmt_.get(), SQL_UNBIND));
    static_cast<void>(connection_->api().free_stmt(stmt_.get(), SQL_RESET_PARAMS));
}

void OdbcCursor::cancel() noexcept {
    connection_->cancel(stmt_.get());
}

std::unique_ptr<Fetcher> OdbcCursor::fetcher(const Layout& layout) {
    if (layout.by_row()) {
        return std::make_unique<RowFetcher>(*this, layout);
    }
    return std::make_unique<BlockFetcher>(*this, layout);
}

}  // namespace hrbridge::odbc
