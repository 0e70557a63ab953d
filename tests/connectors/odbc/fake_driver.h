#pragma once

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "connectors/odbc/api.h"

namespace hrbridge::odbc {

// A driver that gives one result, with the faults that real ones have.
class FakeDriver final : public Api {
  public:
    struct Column {
        std::string name;
        SQLSMALLINT type = SQL_VARCHAR;
        SQLULEN size = 20;
        std::string type_name = "varchar";
    };

    std::vector<Column> columns;
    std::vector<std::vector<std::optional<std::string>>> rows;
    SQLUINTEGER getdata = SQL_GD_ANY_COLUMN;
    bool tells_truncation = true;    // 01004, otherwise only the length shows it
    bool hides_length = false;       // SQL_NO_TOTAL for a cut value
    SQLLEN wrong_length = 0;         // not 0: every bound cell has this length
    int rows_until_disconnect = -1;  // -1: never
    int unconvertible_row = -1;      // -1: none
    SQLRETURN connect_code = SQL_SUCCESS;
    std::string state;  // of the failure told next
    std::string text = "went wrong";
    std::string echo;               // what driver_connect() was given
    std::size_t query_timeout = 0;  // seconds, as it was told
    bool hangs = false;             // in fetch(), until cancel()
    std::atomic<bool> cancelled = false;

    std::size_t open_handles = 0;
    std::vector<std::string> statements;
    std::vector<SQLUSMALLINT> got_by_piece;  // columns asked for by get_data()

    SQLRETURN alloc_handle(SQLSMALLINT, SQLHANDLE, SQLHANDLE* out) override {
        *out = &handle_;
        ++open_handles;
        return SQL_SUCCESS;
    }
    SQLRETURN free_handle(SQLSMALLINT, SQLHANDLE) override {
        --open_handles;
        return SQL_SUCCESS;
    }
    SQLRETURN get_diag_rec(SQLSMALLINT,
                           SQLHANDLE,
                           SQLSMALLINT record,
                           SQLCHAR* state_out,
                           SQLINTEGER* native,
                           SQLCHAR* text_out,
                           SQLSMALLINT room,
                           SQLSMALLINT* length) override {
        if (record != 1 || state.empty()) {
            return SQL_NO_DATA;
        }
        std::memcpy(state_out, state.c_str(), 6);
        *native = 7;
        const std::size_t size = std::min(text.size(), static_cast<std::size_t>(room) - 1);
        std::memcpy(text_out, text.data(), size);
        text_out[size] = 0;
        *length = static_cast<SQLSMALLINT>(size);
        return SQL_SUCCESS;
    }
    SQLRETURN set_env_attr(SQLHENV, SQLINTEGER, SQLPOINTER) override { return SQL_SUCCESS; }
    SQLRETURN set_connect_attr(SQLHDBC, SQLINTEGER, SQLPOINTER) override { return SQL_SUCCESS; }
    SQLRETURN driver_connect(SQLHDBC, SQLCHAR* given, SQLSMALLINT length) override {
        echo.assign(given, given + length);
        if (connect_code == SQL_ERROR) {
            text = "cannot use " + echo;
        }
        return connect_code;
    }
    SQLRETURN disconnect(SQLHDBC) override { return SQL_SUCCESS; }
    SQLRETURN end_tran(SQLHDBC, SQLSMALLINT) override { return SQL_SUCCESS; }
    SQLRETURN get_info(
        SQLHDBC, SQLUSMALLINT what, SQLPOINTER out, SQLSMALLINT, SQLSMALLINT*) override {
        if (what == SQL_DBMS_NAME) {
            std::memcpy(out, "Fake", 5);
        } else if (what == SQL_GETDATA_EXTENSIONS) {
            *static_cast<SQLUINTEGER*>(out) = getdata;
        }
        return SQL_SUCCESS;
    }
    SQLRETURN set_stmt_attr(SQLHSTMT, SQLINTEGER attribute, SQLPOINTER value) override {
        if (attribute == SQL_ATTR_QUERY_TIMEOUT) {
            query_timeout = reinterpret_cast<std::size_t>(value);
        } else if (attribute == SQL_ATTR_ROW_ARRAY_SIZE) {
            array_ = reinterpret_cast<std::size_t>(value);
        } else if (attribute == SQL_ATTR_ROWS_FETCHED_PTR) {
            fetched_ = static_cast<SQLULEN*>(value);
        } else if (attribute == SQL_ATTR_ROW_STATUS_PTR) {
            status_ = static_cast<SQLUSMALLINT*>(value);
        }
        return SQL_SUCCESS;
    }
    SQLRETURN prepare(SQLHSTMT, SQLCHAR* sql, SQLINTEGER length) override {
        statements.emplace_back(sql, sql + length);
        return SQL_SUCCESS;
    }
    SQLRETURN bind_parameter(
        SQLHSTMT, SQLUSMALLINT, SQLSMALLINT, SQLSMALLINT, SQLULEN, SQLPOINTER, SQLLEN*) override {
        return SQL_SUCCESS;
    }
    SQLRETURN execute(SQLHSTMT) override { return SQL_SUCCESS; }
    SQLRETURN exec_direct(SQLHSTMT, SQLCHAR* sql, SQLINTEGER length) override {
        statements.emplace_back(sql, sql + length);
        return SQL_SUCCESS;
    }
    SQLRETURN cancel(SQLHSTMT) override {
        cancelled = true;
        cancelled.notify_all();
        return SQL_SUCCESS;
    }
    SQLRETURN free_stmt(SQLHSTMT, SQLUSMALLINT) override { return SQL_SUCCESS; }
    SQLRETURN num_result_cols(SQLHSTMT, SQLSMALLINT* count) override {
        *count = static_cast<SQLSMALLINT>(columns.size());
        bound_.assign(columns.size(), Bound{});
        return SQL_SUCCESS;
    }
    SQLRETURN describe_col(SQLHSTMT,
                           SQLUSMALLINT column,
                           SQLCHAR* name,
                           SQLSMALLINT,
                           SQLSMALLINT* name_length,
                           SQLSMALLINT* type,
                           SQLULEN* size,
                           SQLSMALLINT* digits,
                           SQLSMALLINT* nullable) override {
        const Column& known = columns[column - 1U];
        std::memcpy(name, known.name.c_str(), known.name.size() + 1);
        *name_length = static_cast<SQLSMALLINT>(known.name.size());
        *type = known.type;
        *size = known.size;
        *digits = 0;
        *nullable = SQL_NULLABLE;
        return SQL_SUCCESS;
    }
    SQLRETURN col_attribute(SQLHSTMT,
                            SQLUSMALLINT column,
                            SQLUSMALLINT field,
                            SQLPOINTER out,
                            SQLSMALLINT,
                            SQLSMALLINT*,
                            SQLLEN* number) override {
        const Column& known = columns[column - 1U];
        if (field == SQL_DESC_TYPE_NAME) {
            std::memcpy(out, known.type_name.c_str(), known.type_name.size() + 1);
        } else {
            *number = static_cast<SQLLEN>(known.size);
        }
        return SQL_SUCCESS;
    }
    SQLRETURN bind_col(SQLHSTMT,
                       SQLUSMALLINT column,
                       SQLSMALLINT,
                       SQLPOINTER buffer,
                       SQLLEN room,
                       SQLLEN* length) override {
        bound_[column - 1U] = {static_cast<char*>(buffer), static_cast<std::size_t>(room), length};
        return SQL_SUCCESS;
    }
    SQLRETURN fetch(SQLHSTMT) override {
        if (hangs) {
            cancelled.wait(false);
            state = "HY008";
            return SQL_ERROR;
        }
        std::size_t taken = 0;
        bool cut = false;
        piece_.assign(columns.size(), 0);
        while (taken < array_ && next_ < rows.size()) {
            if (static_cast<int>(next_) == rows_until_disconnect) {
                state = "08S01";
                return SQL_ERROR;
            }
            for (std::size_t at = 0; at < columns.size(); ++at) {
                cut = write(bound_[at], rows[next_][at], taken) || cut;
            }
            if (status_ != nullptr) {
                const bool bad = static_cast<int>(next_) == unconvertible_row;
                status_[taken] = bad ? SQL_ROW_ERROR : SQL_ROW_SUCCESS;
            }
            ++taken;
            ++next_;
        }
        if (fetched_ != nullptr) {
            *fetched_ = taken;
        }
        state = cut && tells_truncation ? "01004" : "";
        return taken == 0 ? SQL_NO_DATA : state.empty() ? SQL_SUCCESS : SQL_SUCCESS_WITH_INFO;
    }
    SQLRETURN get_data(SQLHSTMT,
                       SQLUSMALLINT column,
                       SQLSMALLINT c_type,
                       SQLPOINTER buffer,
                       SQLLEN room,
                       SQLLEN* length) override {
        got_by_piece.push_back(column);
        const auto& value = rows[next_ - 1][column - 1U];
        if (!value) {
            *length = SQL_NULL_DATA;
            return SQL_SUCCESS;
        }
        std::size_t& from = piece_[column - 1U];
        if (from > value->size()) {
            return SQL_NO_DATA;
        }
        const std::size_t most = static_cast<std::size_t>(room) - (c_type == SQL_C_CHAR ? 1 : 0);
        const std::size_t rest = value->size() - from;
        std::memcpy(buffer, value->data() + from, std::min(rest, most));
        *length = hides_length && rest > most ? SQL_NO_TOTAL : static_cast<SQLLEN>(rest);
        from += rest > most ? most : rest + 1;
        state = rest > most ? "01004" : "";
        return rest > most && tells_truncation ? SQL_SUCCESS_WITH_INFO : SQL_SUCCESS;
    }
    SQLRETURN tables(SQLHSTMT, const TableRef&, SQLCHAR*) override { return SQL_SUCCESS; }
    SQLRETURN primary_keys(SQLHSTMT, const TableRef&) override { return SQL_SUCCESS; }
    SQLRETURN statistics(SQLHSTMT, const TableRef&) override { return SQL_SUCCESS; }

  private:
    struct Bound {
        char* data = nullptr;
        std::size_t room = 0;
        SQLLEN* lengths = nullptr;
    };

    // Whether the value was cut.
    bool write(const Bound& bound, const std::optional<std::string>& value, std::size_t row) const {
        if (bound.data == nullptr) {
            return false;
        }
        if (!value) {
            bound.lengths[row] = SQL_NULL_DATA;
            return false;
        }
        const std::size_t most = bound.room - 1;
        std::memcpy(bound.data + (row * bound.room), value->data(), std::min(value->size(), most));
        const bool cut = value->size() > most;
        bound.lengths[row] =
            cut && hides_length ? SQL_NO_TOTAL : static_cast<SQLLEN>(value->size());
        if (wrong_length != 0) {
            bound.lengths[row] = wrong_length;
        }
        return cut;
    }

    int handle_ = 0;
    std::size_t array_ = 1;
    std::size_t next_ = 0;
    SQLULEN* fetched_ = nullptr;
    SQLUSMALLINT* status_ = nullptr;
    std::vector<Bound> bound_;
    std::vector<std::size_t> piece_;
};

}  // namespace hrbridge::odbc
