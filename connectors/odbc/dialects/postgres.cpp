#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "connectors/odbc/dialects/dialects.h"

namespace hrbridge::odbc {
namespace {

// psqlODBC binds text with a type, and PostgreSQL compares text with no other type.
std::string key_parameter(std::string_view type) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kCasts{{
        {"date", "date"},
        {"timestamp", "timestamp"},
        {"timestamptz", "timestamptz"},
        {"timestamp without time zone", "timestamp"},
        {"timestamp with time zone", "timestamptz"},
        {"time", "time"},
        {"uuid", "uuid"},
        {"char", "bpchar"},
        {"bpchar", "bpchar"},
        {"varchar", "varchar"},
        {"text", "text"},
        {"citext", "citext"},
        {"bool", "bool"},
        {"numeric", "numeric"},
    }};
    const auto* cast = std::find_if(
        kCasts.begin(), kCasts.end(), [type](const auto& known) { return known.first == type; });
    return cast == kCasts.end() ? "?" : fmt::format("CAST(? AS {})", cast->second);
}

// psqlODBC takes days and times apart and writes them anew, the most expensive cells of all; it
// makes 9999-12-31 of infinity, this era of the one before Christ, and no day of those behind year
// 9999.
std::string_view written_by_database(std::string_view type) {
    if (type == "date" || type == "timestamp" || type == "timestamp without time zone") {
        return "CAST({} AS text)";
    }
    // Without the offset, as the driver gives it.
    const bool instant = type == "timestamptz" || type == "timestamp with time zone";
    return instant ? "CAST(CAST({} AS timestamp) AS text)" : "";
}

std::vector<std::vector<std::string>> session(const SessionSettings& settings) {
    std::vector<std::vector<std::string>> statements{{"SET client_encoding = 'UTF8'"},
                                                     {"SET DateStyle = 'ISO, YMD'"}};
    if (!settings.zone.empty()) {
        statements.push_back({fmt::format("SET TIME ZONE '{}'", settings.zone)});
    }
    if (settings.query_seconds > 0) {
        statements.push_back(
            {fmt::format("SET statement_timeout = '{}s'", settings.query_seconds)});
    }
    return statements;
}

}  // namespace

Dialect postgres_dialect() {
    Dialect dialect;
    dialect.name = "postgres";
    dialect.row_values = true;
    dialect.nulls_last = true;
    // The driver gives a varchar without length the greatest size it knows. An odd one tells it
    // from declared sizes.
    dialect.unknown_size = 4093;
    // Without a declared cursor the driver holds the whole result. LFConversion would add carriage
    // returns to texts.
    dialect.attributes = {{"UseDeclareFetch", "1"},
                          {"Fetch", "1000"},
                          {"LFConversion", "0"},
                          {"ByteaAsLongVarBinary", "1"},
                          {"UnknownsAsLongVarchar", "1"},
                          {"UnknownSizes", "1"},
                          {"MaxVarcharSize", "4093"}};
    dialect.fetch_attribute = "Fetch";
    dialect.tells_tables = true;
    dialect.ends_statements = true;
    dialect.now_query =
        "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')";
    dialect.limit = "LIMIT {}";
    dialect.window_parameter = "CAST(? AS timestamp)";
    dialect.key_parameter = key_parameter;
    dialect.key_literal = no_literal;
    // The driver says "may be NULL" of every column of a view and of a join. A domain may forbid
    // it.
    dialect.nullable_query =
        "SELECT a.attname FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = "
        "a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN "
        "pg_catalog.pg_type t ON t.oid = a.atttypid WHERE n.nspname = CAST(? AS name) AND "
        "c.relname = CAST(? AS name) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT "
        "a.attisdropped AND NOT a.attnotnull AND NOT t.typnotnull";
    dialect.written_by_database = written_by_database;
    dialect.session = session;
    dialect.before_snapshot = {
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"};
    dialect.manual_commit = true;
    dialect.one_snapshot = true;
    return dialect;
}

}  // namespace hrbridge::odbc
