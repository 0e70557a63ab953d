#include "connectors/odbc/api.h"

namespace hrbridge::odbc {

SQLRETURN DriverManager::alloc_handle(SQLSMALLINT type, SQLHANDLE parent, SQLHANDLE* out) {
    return SQLAllocHandle(type, parent, out);
}

SQLRETURN DriverManager::free_handle(SQLSMALLINT type, SQLHANDLE handle) {
    return SQLFreeHandle(type, handle);
}

// NOLINTNEXTLINE(readability-function-size): the signature is ODBC's
SQLRETURN DriverManager::get_diag_rec(SQLSMALLINT type,
                                      SQLHANDLE handle,
                                      SQLSMALLINT record,
                                      SQLCHAR* state,
                                      SQLINTEGER* native,
                                      SQLCHAR* text,
                                      SQLSMALLINT room,
                                      SQLSMALLINT* length) {
    return SQLGetDiagRec(type, handle, record, state, native, text, room, length);
}

SQLRETURN DriverManager::set_env_attr(SQLHENV env, SQLINTEGER attribute, SQLPOINTER value) {
    return SQLSetEnvAttr(env, attribute, value, SQL_IS_UINTEGER);
}

SQLRETURN DriverManager::set_connect_attr(SQLHDBC dbc, SQLINTEGER attribute, SQLPOINTER value) {
    return SQLSetConnectAttr(dbc, attribute, value, SQL_IS_UINTEGER);
}

SQLRETURN DriverManager::driver_connect(SQLHDBC dbc, SQLCHAR* text, SQLSMALLINT length) {
    return SQLDriverConnect(dbc, nullptr, text, length, nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
}

SQLRETURN DriverManager::disconnect(SQLHDBC dbc) {
    return SQLDisconnect(dbc);
}

SQLRETURN DriverManager::end_tran(SQLHDBC dbc, SQLSMALLINT how) {
    return SQLEndTran(SQL_HANDLE_DBC, dbc, how);
}

SQLRETURN DriverManager::get_info(
    SQLHDBC dbc, SQLUSMALLINT what, SQLPOINTER out, SQLSMALLINT room, SQLSMALLINT* length) {
    return SQLGetInfo(dbc, what, out, room, length);
}

SQLRETURN DriverManager::set_stmt_attr(SQLHSTMT stmt, SQLINTEGER attribute, SQLPOINTER value) {
    return SQLSetStmtAttr(stmt, attribute, value, SQL_IS_UINTEGER);
}

SQLRETURN DriverManager::prepare(SQLHSTMT stmt, SQLCHAR* sql, SQLINTEGER length) {
    return SQLPrepare(stmt, sql, length);
}

// NOLINTNEXTLINE(readability-function-size): the signature is ODBC's
SQLRETURN DriverManager::bind_parameter(SQLHSTMT stmt,
                                        SQLUSMALLINT number,
                                        SQLSMALLINT c_type,
                                        SQLSMALLINT sql_type,
                                        SQLULEN size,
                                        SQLPOINTER value,
                                        SQLLEN* length) {
    return SQLBindParameter(
        stmt, number, SQL_PARAM_INPUT, c_type, sql_type, size, 0, value, *length, length);
}

SQLRETURN DriverManager::execute(SQLHSTMT stmt) {
    return SQLExecute(stmt);
}

SQLRETURN DriverManager::exec_direct(SQLHSTMT stmt, SQLCHAR* sql, SQLINTEGER length) {
    return SQLExecDirect(stmt, sql, length);
}

SQLRETURN DriverManager::cancel(SQLHSTMT stmt) {
    return SQLCancel(stmt);
}

SQLRETURN DriverManager::free_stmt(SQLHSTMT stmt, SQLUSMALLINT option) {
    return SQLFreeStmt(stmt, option);
}

SQLRETURN DriverManager::num_result_cols(SQLHSTMT stmt, SQLSMALLINT* count) {
    return SQLNumResultCols(stmt, count);
}

// NOLINTNEXTLINE(readability-function-size): the signature is ODBC's
SQLRETURN DriverManager::describe_col(SQLHSTMT stmt,
                                      SQLUSMALLINT column,
                                      SQLCHAR* name,
                                      SQLSMALLINT room,
                                      SQLSMALLINT* name_length,
                                      SQLSMALLINT* type,
                                      SQLULEN* size,
                                      SQLSMALLINT* digits,
                                      SQLSMALLINT* nullable) {
    return SQLDescribeCol(stmt, column, name, room, name_length, type, size, digits, nullable);
}

// NOLINTNEXTLINE(readability-function-size): the signature is ODBC's
SQLRETURN DriverManager::col_attribute(SQLHSTMT stmt,
                                       SQLUSMALLINT column,
                                       SQLUSMALLINT field,
                                       SQLPOINTER text,
                                       SQLSMALLINT room,
                                       SQLSMALLINT* length,
                                       SQLLEN* number) {
    return SQLColAttribute(stmt, column, field, text, room, length, number);
}

// NOLINTNEXTLINE(readability-function-size): the signature is ODBC's
SQLRETURN DriverManager::bind_col(SQLHSTMT stmt,
                                  SQLUSMALLINT column,
                                  SQLSMALLINT c_type,
                                  SQLPOINTER buffer,
                                  SQLLEN room,
                                  SQLLEN* length) {
    return SQLBindCol(stmt, column, c_type, buffer, room, length);
}

SQLRETURN DriverManager::fetch(SQLHSTMT stmt) {
    return SQLFetch(stmt);
}

// NOLINTNEXTLINE(readability-function-size): the signature is ODBC's
SQLRETURN DriverManager::get_data(SQLHSTMT stmt,
                                  SQLUSMALLINT column,
                                  SQLSMALLINT c_type,
                                  SQLPOINTER buffer,
                                  SQLLEN room,
                                  SQLLEN* length) {
    return SQLGetData(stmt, column, c_type, buffer, room, length);
}

SQLRETURN DriverManager::tables(SQLHSTMT stmt, const TableRef& which, SQLCHAR* types) {
    return SQLTables(
        stmt, which.catalog, SQL_NTS, which.schema, SQL_NTS, which.table, SQL_NTS, types, SQL_NTS);
}

SQLRETURN DriverManager::primary_keys(SQLHSTMT stmt, const TableRef& which) {
    return SQLPrimaryKeys(
        stmt, which.catalog, SQL_NTS, which.schema, SQL_NTS, which.table, SQL_NTS);
}

SQLRETURN DriverManager::statistics(SQLHSTMT stmt, const TableRef& which) {
    return SQLStatistics(stmt,
                         which.catalog,
                         SQL_NTS,
                         which.schema,
                         SQL_NTS,
                         which.table,
                         SQL_NTS,
                         SQL_INDEX_UNIQUE,
                         SQL_QUICK);
}

}  // namespace hrbridge::odbc
