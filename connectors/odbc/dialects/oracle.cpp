#include <fmt/format.h>

#include "connectors/odbc/dialects/dialects.h"

namespace hrbridge::odbc {
namespace {

std::string key_parameter(std::string_view type) {
    if (type == "date") {
        return "TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS')";
    }
    if (type.starts_with("timestamp")) {
        return "TO_TIMESTAMP(?, 'YYYY-MM-DD HH24:MI:SS.FF')";
    }
    return "?";
}

std::vector<std::vector<std::string>> session(const SessionSettings& settings) {
    std::vector<std::vector<std::string>> statements{
        {"ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD HH24:MI:SS'"},
        {"ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF6'"},
        {"ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'"}};
    if (!settings.zone.empty()) {
        statements.push_back({fmt::format("ALTER SESSION SET TIME_ZONE = '{}'", settings.zone)});
    }
    return statements;
}

}  // namespace

Dialect oracle_dialect() {
    Dialect dialect;
    dialect.name = "oracle";
    dialect.nulls_last = true;
    dialect.now_query =
        "SELECT TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD HH24:MI:SS.FF6') FROM DUAL";
    dialect.limit = "FETCH FIRST {} ROWS ONLY";
    dialect.window_parameter = "TO_TIMESTAMP(?, 'YYYY-MM-DD HH24:MI:SS.FF')";
    dialect.key_parameter = key_parameter;
    dialect.key_literal = no_literal;
    dialect.session = session;
    dialect.snapshot = {"SET TRANSACTION READ ONLY"};
    dialect.manual_commit = true;
    dialect.one_snapshot = true;
    return dialect;
}

}  // namespace hrbridge::odbc
