#include "connectors/native/sqlite_cursor.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>

#include <sqlite3.h>

#include "connectors/native/cursor_fetcher.h"
#include "connectors/native/sqlite_connection.h"
#include "connectors/native/sqlite_describe.h"

namespace hrbridge::native {
namespace {

// SQLite copies what is bound so. Its own macro is a cast of C.
const auto kCopied = std::bit_cast<sqlite3_destructor_type>(std::intptr_t{-1});

std::string text_or_empty(const char* text) {
    return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

SqliteCursor::~SqliteCursor() {
    reset();
}

void SqliteCursor::prepare(const odbc::Sql& sql) {
    reset();
    if (sqlite3_prepare_v2(connection_->get(),
                           sql.text.data(),
                           static_cast<int>(sql.text.size()),
                           &statement_,
                           nullptr) != SQLITE_OK ||
        statement_ == nullptr) {
        throw connection_->error("preparing the query");
    }
    int number = 0;
    for (const odbc::Parameter& parameter : sql.parameters) {
        ++number;
        const auto size = static_cast<sqlite3_uint64>(parameter.bytes.size());
        const int code =
            parameter.binary
                ? sqlite3_bind_blob64(statement_, number, parameter.bytes.data(), size, kCopied)
                : sqlite3_bind_text64(
                      statement_, number, parameter.bytes.data(), size, kCopied, SQLITE_UTF8);
        if (code != SQLITE_OK) {
            throw connection_->error("binding a parameter");
        }
    }
}

bool SqliteCursor::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
        return true;
    }
    done_ = true;
    if (code != SQLITE_DONE) {
        const base::ConnectorError error = connection_->error("reading rows");
        sqlite3_reset(statement_);
        throw error;
    }
    // Else its read lock stays.
    sqlite3_reset(statement_);
    return false;
}

void SqliteCursor::execute() {
    sqlite3_reset(statement_);
    done_ = false;
    connection_->begin_work();
    has_row_ = step();
}

void SqliteCursor::run(std::string_view sql) {
    prepare({std::string(sql), {}});
    execute();
}

int SqliteCursor::column_count() {
    return sqlite3_column_count(statement_);
}

odbc::ResultColumn SqliteCursor::describe(int column) {
    odbc::ResultColumn described =
        describe_declared(text_or_empty(sqlite3_column_name(statement_, column - 1)),
                          text_or_empty(sqlite3_column_decltype(statement_, column - 1)));
    described.may_be_null = table_allows_null(column - 1);
    return described;
}

// Also through views and subselects. SQLite allows NULL of most primary keys, though nobody means
// that.
bool SqliteCursor::table_allows_null(int column) const {
    const char* const table = sqlite3_column_table_name(statement_, column);
    const char* const origin = sqlite3_column_origin_name(statement_, column);
    int not_null = 0;
    int of_primary_key = 0;
    return table != nullptr && origin != nullptr &&
           sqlite3_table_column_metadata(connection_->get(),
                                         sqlite3_column_database_name(statement_, column),
                                         table,
                                         origin,
                                         nullptr,
                                         nullptr,
                                         &not_null,
                                         &of_primary_key,
                                         nullptr) == SQLITE_OK &&
           not_null == 0 && of_primary_key == 0;
}

odbc::BaseColumn SqliteCursor::base_of(int /*column*/) {
    return {};
}

std::unique_ptr<odbc::Fetcher> SqliteCursor::fetcher(const odbc::Layout& /*layout*/) {
    return std::make_unique<CursorFetcher<SqliteCursor>>(*this);
}

// `bytes` was asked for first: it decides what form the number of bytes is of.
std::string_view SqliteCursor::bytes_of(sqlite3_value* cell, const void* bytes) const {
    if (bytes == nullptr && sqlite3_errcode(connection_->get()) == SQLITE_NOMEM) {
        throw connection_->error("reading a cell");
    }
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_value_bytes(cell))};
}

std::size_t SqliteCursor::take_cell(sqlite3_value* cell, base::RawColumn& column) const {
    std::array<char, 24> digits{};
    std::string_view text;
    switch (sqlite3_value_type(cell)) {
        case SQLITE_NULL:
            column.append_null();
            return 0;
        case SQLITE_INTEGER: {
            const auto end = std::to_chars(
                digits.data(), digits.data() + digits.size(), sqlite3_value_int64(cell));
            text = {digits.data(), end.ptr};
            break;
        }
        case SQLITE_BLOB:
            text = bytes_of(cell, sqlite3_value_blob(cell));
            break;
        default:
            text = bytes_of(cell, sqlite3_value_text(cell));
    }
    column.append(text);
    return text.size();
}

// A cell is looked up once and then asked, which SQLite allows where one thread has the connection.
void SqliteCursor::take_row(base::RawBlock& block, std::size_t& bytes) {
    int number = 0;
    for (base::RawColumn& column : block.columns) {
        bytes += take_cell(sqlite3_column_value(statement_, number), column) +
                 base::RawColumn::kCellRoom;
        ++number;
    }
    ++block.rows;
}

bool SqliteCursor::fill(base::RawBlock& block, const odbc::BlockBounds& bounds) {
    begin_packed(block, static_cast<std::size_t>(column_count()));
    std::size_t bytes = 0;
    connection_->begin_work();
    while (block.rows < bounds.rows && bytes < bounds.bytes && !done_) {
        if (!has_row_ && !step()) {
            break;
        }
        has_row_ = false;
        take_row(block, bytes);
    }
    return block.rows > 0;
}

void SqliteCursor::reset() noexcept {
    sqlite3_finalize(statement_);
    statement_ = nullptr;
    has_row_ = false;
    done_ = false;
}

void SqliteCursor::cancel() noexcept {
    connection_->interrupt();
}

}  // namespace hrbridge::native
