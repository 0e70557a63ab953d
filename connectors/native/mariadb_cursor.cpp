#include "connectors/native/mariadb_cursor.h"

#include <algorithm>

#include <fmt/format.h>
#include <mysql.h>

#include "connectors/native/cursor_fetcher.h"
#include "connectors/native/mariadb_connection.h"
#include "daemon/base/resting_memory.h"

namespace hrbridge::native {
namespace {

// The library holds a row whole until the next one: with our copy that would be a long cell twice.
std::string take(char* cell, std::size_t size) {
    std::string taken;
    taken.reserve(size);
    base::move_bytes(cell, size, taken);
    return taken;
}

// A statement of the binary protocol, closed in the destructor.
class Prepared {
  public:
    Prepared(MariaDbConnection& connection, const std::string& sql)
        : connection_(connection), statement_(mysql_stmt_init(connection.wire().get())) {
        if (statement_ == nullptr) {
            throw connection.wire().error("preparing the query");
        }
        if (mysql_stmt_prepare(statement_, sql.data(), static_cast<unsigned long>(sql.size())) !=
            0) {
            const auto error = failure("preparing the query");
            mysql_stmt_close(statement_);
            throw error;
        }
    }
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;
    ~Prepared() { mysql_stmt_close(statement_); }

    MYSQL_STMT* get() const { return statement_; }
    base::ConnectorError failure(std::string_view doing) const {
        return mariadb_error(connection_.options(),
                             doing,
                             mysql_stmt_sqlstate(statement_),
                             mysql_stmt_errno(statement_),
                             mysql_stmt_error(statement_));
    }

  private:
    MariaDbConnection& connection_;
    MYSQL_STMT* statement_;
};

std::string variable(std::size_t number) {
    return fmt::format("@hrbridge_{}", number);
}

MYSQL_BIND bind_of(odbc::Parameter& parameter) {
    MYSQL_BIND bind{};
    bind.buffer_type = parameter.binary ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
    bind.buffer = parameter.bytes.data();
    bind.buffer_length = static_cast<unsigned long>(parameter.bytes.size());
    return bind;
}

}  // namespace

MariaDbCursor::~MariaDbCursor() {
    if (result_ != nullptr) {
        // Else all rows that the statement still has would be waited for.
        connection_->wire().cut();
        end_result();
    }
}

void MariaDbCursor::prepare(const odbc::Sql& sql) {
    reset();
    sql_ = sql;
}

void MariaDbCursor::execute() {
    connection_->claim(*this);
    end_result();
    if (sql_.parameters.empty()) {
        connection_->wire().query(sql_.text, "running the query");
    } else {
        set_variables();
        connection_->wire().query("PREPARE hrbridge FROM @hrbridge_sql", "preparing the query");
        std::string execute = "EXECUTE hrbridge USING ";
        for (std::size_t number = 1; number <= sql_.parameters.size(); ++number) {
            execute += (number == 1 ? "" : ", ") + variable(number);
        }
        connection_->wire().query(execute, "running the query");
    }
    take_result();
}

void MariaDbCursor::run(std::string_view sql) {
    prepare({std::string(sql), {}});
    execute();
}

void MariaDbCursor::set_variables() {
    std::string sql = "SET @hrbridge_sql = ?";
    for (std::size_t number = 1; number <= sql_.parameters.size(); ++number) {
        sql += ", " + variable(number) + " = ?";
    }
    odbc::Parameter text{sql_.text};
    std::vector<MYSQL_BIND> binds{bind_of(text)};
    for (odbc::Parameter& parameter : sql_.parameters) {
        binds.push_back(bind_of(parameter));
    }
    const Prepared statement(*connection_, sql);
    if (mysql_stmt_bind_param(statement.get(), binds.data()) != 0 ||
        mysql_stmt_execute(statement.get()) != 0) {
        throw statement.failure("binding the parameters");
    }
}

void MariaDbCursor::take_result() {
    MYSQL* const mysql = connection_->wire().get();
    result_ = mysql_use_result(mysql);
    if (result_ == nullptr && mysql_field_count(mysql) > 0) {
        throw connection_->wire().error("running the query");
    }
    fields_.clear();
    if (result_ != nullptr) {
        connection_->stream(*this);
        fields_ = describe_fields(mysql_fetch_fields(result_), mysql_num_fields(result_));
    }
    described_ = true;
}

void MariaDbCursor::describe_prepared() {
    if (described_) {
        return;
    }
    connection_->claim(*this);
    const Prepared statement(*connection_, sql_.text);
    MYSQL_RES* const columns = mysql_stmt_result_metadata(statement.get());
    if (columns != nullptr) {
        fields_ = describe_fields(mysql_fetch_fields(columns), mysql_num_fields(columns));
        mysql_free_result(columns);
    }
    described_ = true;
}

int MariaDbCursor::column_count() {
    describe_prepared();
    return static_cast<int>(fields_.size());
}

odbc::ResultColumn MariaDbCursor::describe(int column) {
    describe_prepared();
    return fields_.at(static_cast<std::size_t>(column) - 1).column;
}

odbc::BaseColumn MariaDbCursor::base_of(int column) {
    describe_prepared();
    return fields_.at(static_cast<std::size_t>(column) - 1).base;
}

std::unique_ptr<odbc::Fetcher> MariaDbCursor::fetcher(const odbc::Layout& /*layout*/) {
    return std::make_unique<CursorFetcher<MariaDbCursor>>(*this);
}

bool MariaDbCursor::take_row(base::RawBlock& block, std::size_t& bytes) {
    if (result_ == nullptr) {
        return false;
    }
    const MYSQL_ROW row = mysql_fetch_row(result_);
    if (row == nullptr) {
        if (mysql_errno(connection_->wire().get()) != 0) {
            const base::ConnectorError error = connection_->wire().error("reading rows");
            end_result();
            throw error;
        }
        end_result();
        return false;
    }
    const unsigned long* const lengths = mysql_fetch_lengths(result_);
    for (std::size_t at = 0; at < block.columns.size(); ++at) {
        if (row[at] == nullptr) {
            block.columns[at].append_null();
        } else if (lengths[at] < odbc::kLongCell) {
            block.columns[at].append({row[at], lengths[at]});
            bytes += lengths[at];
        } else {
            block.columns[at].append_null();
            block.columns[at].set_long(block.rows, take(row[at], lengths[at]));
            bytes += lengths[at];
        }
    }
    ++block.rows;
    bytes += block.columns.size() * base::RawColumn::kCellRoom;
    return true;
}

bool MariaDbCursor::take_kept_row(base::RawBlock& block, std::size_t& bytes) {
    for (std::size_t at = 0; at < block.columns.size(); ++at) {
        base::RawColumn& kept = rest_.columns[at];
        bytes += kept.cell(kept_from_).size();
        kept.move_cell(kept_from_, block.columns[at]);
    }
    ++block.rows;
    ++kept_from_;
    bytes += block.columns.size() * base::RawColumn::kCellRoom;
    return true;
}

bool MariaDbCursor::fill(base::RawBlock& block, const odbc::BlockBounds& bounds) {
    begin_packed(block, fields_.size());
    std::size_t bytes = 0;
    while (block.rows < bounds.rows && bytes < bounds.bytes && kept_from_ < rest_.rows) {
        take_kept_row(block, bytes);
    }
    if (kept_from_ == rest_.rows && rest_.rows > 0) {
        rest_ = {};
        kept_from_ = 0;
    }
    while (block.rows < bounds.rows && bytes < bounds.bytes && take_row(block, bytes)) {
    }
    return block.rows > 0;
}

void MariaDbCursor::keep_rest() {
    base::RawBlock kept;
    begin_packed(kept, fields_.size());
    std::size_t bytes = 0;
    while (kept_from_ < rest_.rows) {
        take_kept_row(kept, bytes);
    }
    while (take_row(kept, bytes)) {
    }
    rest_ = std::move(kept);
    kept_from_ = 0;
}

void MariaDbCursor::end_result() noexcept {
    if (result_ != nullptr) {
        mysql_free_result(result_);
        result_ = nullptr;
    }
    connection_->release(*this);
    rest_ = {};
    kept_from_ = 0;
}

void MariaDbCursor::reset() noexcept {
    end_result();
    sql_ = {};
    fields_.clear();
    described_ = false;
}

void MariaDbCursor::cancel() noexcept {
    connection_->wire().kill_query();
}

}  // namespace hrbridge::native
