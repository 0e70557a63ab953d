#include <chrono>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "connectors/odbc/dialects/dialects.h"

namespace hrbridge::odbc {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

minutes offset_at(const base::Zone& zone, base::Timestamp instant) {
    return std::chrono::duration_cast<minutes>(zone.to_local(instant).time_since_epoch() -
                                               instant.time_since_epoch());
}

// "+08:00" when the zone has had one offset since 2000, so that a server without time zone tables
// can be told; nullopt for zones with summer time.
std::optional<std::string> fixed_offset(const std::string& name) {
    const auto zone = base::Zone::find(name);
    if (!zone) {
        return std::nullopt;
    }
    const base::Timestamp first =
        std::chrono::sys_days(std::chrono::year(2000) / std::chrono::January / 1);
    const minutes offset = offset_at(*zone, first);
    for (int month = 1; month < 40 * 12; ++month) {
        if (offset_at(*zone, first + hours(24 * 30) * month) != offset) {
            return std::nullopt;
        }
    }
    const std::int64_t size = std::abs(offset.count());
    return fmt::format("{}{:02}:{:02}", offset.count() < 0 ? '-' : '+', size / 60, size % 60);
}

std::vector<std::vector<std::string>> session(const SessionSettings& settings) {
    std::vector<std::vector<std::string>> statements;
    if (!settings.zone.empty()) {
        std::vector<std::string> zone{fmt::format("SET time_zone = '{}'", settings.zone)};
        if (const auto offset = fixed_offset(settings.zone)) {
            zone.push_back(fmt::format("SET time_zone = '{}'", *offset));
        }
        statements.push_back(std::move(zone));
    }
    if (settings.query_seconds > 0) {
        // MariaDB counts seconds, MySQL milliseconds under another name.
        statements.push_back(
            {fmt::format("SET SESSION max_statement_time = {}", settings.query_seconds),
             fmt::format("SET SESSION max_execution_time = {}", settings.query_seconds * 1000)});
    }
    if (settings.text_as_bytes) {
        statements.push_back({"SET character_set_results = NULL"});
    }
    return statements;
}

// A BIT is described as bytes, which MariaDB compares as text with a number.
std::optional<std::string> key_literal(const KeyValue& value) {
    if (value.type != "bit" || value.kind == KeyValue::Kind::Null || value.value.size() > 8) {
        return std::nullopt;
    }
    if (value.kind != KeyValue::Kind::Binary) {
        return is_number(value.value) ? std::optional(value.value) : std::nullopt;
    }
    std::uint64_t number = 0;
    for (const char byte : value.value) {
        number = (number << 8U) | static_cast<unsigned char>(byte);
    }
    return std::to_string(number);
}

// ENUM and SET are described as char, sorted by their numbers and compared as text. A subselect's
// column may be one of them.
bool casts_key(std::string_view type) {
    return type.empty() || type == "enum" || type == "set";
}

}  // namespace

Dialect mariadb_dialect() {
    Dialect dialect;
    dialect.name = "mariadb";
    dialect.quote_begin = '`';
    dialect.quote_end = '`';
    // Connector/ODBC 3.1.15 stores every result whole, whatever its options say.
    dialect.streams = false;
    dialect.converts_text = true;
    dialect.schemas_are_catalogs = true;
    // A row comparison is understood but does not use the index.
    dialect.row_values = false;
    dialect.attributes = {{"CHARSET", "utf8mb4"}};
    dialect.tells_tables = true;
    dialect.tells_null = true;
    dialect.ends_statements = true;
    // Connector/ODBC's SQLCancel closes a statement that does not wait for the server just now,
    // also under a call that is fetching from it.
    dialect.cancels = false;
    dialect.session_number_query = "SELECT CAST(CONNECTION_ID() AS CHAR)";
    dialect.end_statement = "KILL QUERY {}";
    dialect.now_query = "SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)";
    dialect.limit = "LIMIT {}";
    dialect.key_parameter = plain_parameter;
    dialect.key_literal = key_literal;
    dialect.session = session;
    dialect.snapshot = {"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"};
    dialect.one_snapshot = true;
    dialect.column_type_query =
        "SELECT DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = "
        "? AND COLUMN_NAME = ?";
    dialect.explain = "EXPLAIN ";
    dialect.one_index_statement = "SET SESSION optimizer_switch = 'index_merge_sort_union=off'";
    dialect.untold_type = "char";
    dialect.casts_key = casts_key;
    dialect.key_cast = "CAST({} AS CHAR)";
    return dialect;
}

}  // namespace hrbridge::odbc
