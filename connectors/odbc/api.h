#pragma once

#include <sql.h>
#include <sqlext.h>

namespace hrbridge::odbc {

// A table for the catalogue calls; a null part means "any".
struct TableRef {
    SQLCHAR* catalog = nullptr;
    SQLCHAR* schema = nullptr;
    SQLCHAR* table = nullptr;
};

// The ODBC C calls that the connector uses, with their own signatures, so that tests can stand in
// for a driver. Text goes through the narrow calls: bytes as they are, no wide characters.
class Api {
  public:
    virtual ~Api() = default;

    virtual SQLRETURN alloc_handle(SQLSMALLINT type, SQLHANDLE parent, SQLHANDLE* out) = 0;
    virtual SQLRETURN free_handle(SQLSMALLINT type, SQLHANDLE handle) = 0;
    virtual SQLRETURN get_diag_rec(SQLSMALLINT type,
                                   SQLHANDLE handle,
                                   SQLSMALLINT record,
                                   SQLCHAR* state,
                                   SQLINTEGER* native,
                                   SQLCHAR* text,
                                   SQLSMALLINT room,
                                   SQLSMALLINT* length) = 0;

    virtual SQLRETURN set_env_attr(SQLHENV env, SQLINTEGER attribute, SQLPOINTER value) = 0;
    virtual SQLRETURN set_connect_attr(SQLHDBC dbc, SQLINTEGER attribute, SQLPOINTER value) = 0;
    virtual SQLRETURN driver_connect(SQLHDBC dbc, SQLCHAR* text, SQLSMALLINT length) = 0;
    virtual SQLRETURN disconnect(SQLHDBC dbc) = 0;
    virtual SQLRETURN end_tran(SQLHDBC dbc, SQLSMALLINT how) = 0;
    virtual SQLRETURN get_info(
        SQLHDBC dbc, SQLUSMALLINT what, SQLPOINTER out, SQLSMALLINT room, SQLSMALLINT* length) = 0;

    virtual SQLRETURN set_stmt_attr(SQLHSTMT stmt, SQLINTEGER attribute, SQLPOINTER value) = 0;
    virtual SQLRETURN prepare(SQLHSTMT stmt, SQLCHAR* sql, SQLINTEGER length) = 0;
    virtual SQLRETURN bind_parameter(SQLHSTMT stmt,
                                     SQLUSMALLINT number,
                                     SQLSMALLINT c_type,
                                     SQLSMALLINT sql_type,
                                     SQLULEN size,
                                     SQLPOINTER value,
                                     SQLLEN* length) = 0;
    virtual SQLRETURN execute(SQLHSTMT stmt) = 0;
    virtual SQLRETURN exec_direct(SQLHSTMT stmt, SQLCHAR* sql, SQLINTEGER length) = 0;
    virtual SQLRETURN cancel(SQLHSTMT stmt) = 0;
    virtual SQLRETURN free_stmt(SQLHSTMT stmt, SQLUSMALLINT option) = 0;

    virtual SQLRETURN num_result_cols(SQLHSTMT stmt, SQLSMALLINT* count) = 0;
    virtual SQLRETURN describe_col(SQLHSTMT stmt,
                                   SQLUSMALLINT column,
                                   SQLCHAR* name,
                                   SQLSMALLINT room,
                                   SQLSMALLINT* name_length,
                                   SQLSMALLINT* type,
                                   SQLULEN* size,
                                   SQLSMALLINT* digits,
                                   SQLSMALLINT* nullable) = 0;
    virtual SQLRETURN col_attribute(SQLHSTMT stmt,
                                    SQLUSMALLINT column,
                                    SQLUSMALLINT field,
                                    SQLPOINTER text,
                                    SQLSMALLINT room,
                                    SQLSMALLINT* length,
                                    SQLLEN* number) = 0;
    virtual SQLRETURN bind_col(SQLHSTMT stmt,
                               SQLUSMALLINT column,
                               SQLSMALLINT c_type,
                               SQLPOINTER buffer,
                               SQLLEN room,
                               SQLLEN* length) = 0;
    virtual SQLRETURN fetch(SQLHSTMT stmt) = 0;
    virtual SQLRETURN get_data(SQLHSTMT stmt,
                               SQLUSMALLINT column,
                               SQLSMALLINT c_type,
                               SQLPOINTER buffer,
                               SQLLEN room,
                               SQLLEN* length) = 0;

    virtual SQLRETURN tables(SQLHSTMT stmt, const TableRef& which, SQLCHAR* types) = 0;
    virtual SQLRETURN primary_keys(SQLHSTMT stmt, const TableRef& which) = 0;
    virtual SQLRETURN statistics(SQLHSTMT stmt, const TableRef& which) = 0;
};

// The driver manager (unixODBC). Stateless; thread-safe.
class DriverManager final : public Api {
  public:
    SQLRETURN alloc_handle(SQLSMALLINT type, SQLHANDLE parent, SQLHANDLE* out) override;
    SQLRETURN free_handle(SQLSMALLINT type, SQLHANDLE handle) override;
    SQLRETURN get_diag_rec(SQLSMALLINT type,
                           SQLHANDLE handle,
                           SQLSMALLINT record,
                           SQLCHAR* state,
                           SQLINTEGER* native,
                           SQLCHAR* text,
                           SQLSMALLINT room,
                           SQLSMALLINT* length) override;
    SQLRETURN set_env_attr(SQLHENV env, SQLINTEGER attribute, SQLPOINTER value) override;
    SQLRETURN set_connect_attr(SQLHDBC dbc, SQLINTEGER attribute, SQLPOINTER value) override;
    SQLRETURN driver_connect(SQLHDBC dbc, SQLCHAR* text, SQLSMALLINT length) override;
    SQLRETURN disconnect(SQLHDBC dbc) override;
    SQLRETURN end_tran(SQLHDBC dbc, SQLSMALLINT how) override;
    SQLRETURN get_info(SQLHDBC dbc,
                       SQLUSMALLINT what,
                       SQLPOINTER out,
                       SQLSMALLINT room,
                       SQLSMALLINT* length) override;
    SQLRETURN set_stmt_attr(SQLHSTMT stmt, SQLINTEGER attribute, SQLPOINTER value) override;
    SQLRETURN prepare(SQLHSTMT stmt, SQLCHAR* sql, SQLINTEGER length) override;
    SQLRETURN bind_parameter(SQLHSTMT stmt,
                             SQLUSMALLINT number,
                             SQLSMALLINT c_type,
                             SQLSMALLINT sql_type,
                             SQLULEN size,
                             SQLPOINTER value,
                             SQLLEN* length) override;
    SQLRETURN execute(SQLHSTMT stmt) override;
    SQLRETURN exec_direct(SQLHSTMT stmt, SQLCHAR* sql, SQLINTEGER length) override;
    SQLRETURN cancel(SQLHSTMT stmt) override;
    SQLRETURN free_stmt(SQLHSTMT stmt, SQLUSMALLINT option) override;
    SQLRETURN num_result_cols(SQLHSTMT stmt, SQLSMALLINT* count) override;
    SQLRETURN describe_col(SQLHSTMT stmt,
                           SQLUSMALLINT column,
                           SQLCHAR* name,
                           SQLSMALLINT room,
                           SQLSMALLINT* name_length,
                           SQLSMALLINT* type,
                           SQLULEN* size,
                           SQLSMALLINT* digits,
                           SQLSMALLINT* nullable) override;
    SQLRETURN col_attribute(SQLHSTMT stmt,
                            SQLUSMALLINT column,
                            SQLUSMALLINT field,
                            SQLPOINTER text,
                            SQLSMALLINT room,
                            SQLSMALLINT* length,
                            SQLLEN* number) override;
    SQLRETURN bind_col(SQLHSTMT stmt,
                       SQLUSMALLINT column,
                       SQLSMALLINT c_type,
                       SQLPOINTER buffer,
                       SQLLEN room,
                       SQLLEN* length) override;
    SQLRETURN fetch(SQLHSTMT stmt) override;
    SQLRETURN get_data(SQLHSTMT stmt,
                       SQLUSMALLINT column,
                       SQLSMALLINT c_type,
                       SQLPOINTER buffer,
                       SQLLEN room,
                       SQLLEN* length) override;
    SQLRETURN tables(SQLHSTMT stmt, const TableRef& which, SQLCHAR* types) override;
    SQLRETURN primary_keys(SQLHSTMT stmt, const TableRef& which) override;
    SQLRETURN statistics(SQLHSTMT stmt, const TableRef& which) override;
};

}  // namespace hrbridge::odbc
