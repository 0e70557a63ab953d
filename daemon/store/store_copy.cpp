#include "daemon/store/store_copy.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "daemon/store/postgres/table_copy.h"
#include "daemon/store/sqlite/file_copy.h"

namespace hrbridge::store {
namespace {

constexpr const char* kDatabaseFile = "store.db";
constexpr std::string_view kTablesSqlite =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
    "ESCAPE '\\'";
constexpr std::string_view kTablesPostgres =
    "SELECT relname::text FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') "
    "AND NOT relispartition AND relnamespace = current_schema()::regnamespace";
constexpr std::string_view kSizeSqlite =
    "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
// Text takes more room than a row's own form, and what a table's pages have free takes none.
constexpr std::string_view kSizePostgres =
    "SELECT coalesce(sum(pg_catalog.pg_table_size(c.oid)), 0)::bigint "
    "FROM pg_catalog.pg_class c WHERE c.relkind = 'r' "
    "AND c.relnamespace = current_schema()::regnamespace";
constexpr std::string_view kColumns =
    "SELECT attname::text FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass($1) "
    "AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
constexpr std::string_view kLastId =
    "SELECT pg_catalog.pg_sequence_last_value(pg_catalog.pg_get_serial_sequence(quote_ident($1), "
    "'id')::regclass) FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass($1) "
    "AND attname = 'id' AND attidentity <> '' AND NOT attisdropped";

std::vector<std::string> texts(sql::Connection& connection,
                               std::string_view query,
                               std::initializer_list<base::Value> values = {}) {
    std::vector<std::string> found;
    const auto rows = connection.query(query, values);
    while (rows->next()) {
        found.push_back(rows->text(0));
    }
    return found;
}

std::set<std::string> tables_of_version(int version) {
    StoreOptions options;
    options.path = ":memory:";
    const auto connection = open_store(options)->connect();
    if (version > 0) {
        migrate(*connection, std::min(version, newest_schema_version()));
    }
    const auto names = texts(*connection, kTablesSqlite);
    return {names.begin(), names.end()};
}

StoreCopy copy_sqlite(const StoreOptions& from, const std::string& folder, const CopyWork& work) {
    const std::string file = folder + "/" + kDatabaseFile;
    sqlite::copy_database(from.path, file, {work.progress, work.stop});
    sqlite::check_database(file, sqlite::Depth::Pages);
    StoreCopy copy{"sqlite", 0, {{kDatabaseFile, {}, {}}}, {}, {}};
    StoreOptions made = from;
    made.path = file;
    const auto connection = open_store(made)->connect();
    copy.schema = schema_version(*connection);
    for (const std::string& table : store_tables(*connection)) {
        const auto rows = connection->query(fmt::format("SELECT count(*) FROM \"{}\"", table), {});
        copy.rows[table] = rows->next() ? rows->integer(0) : 0;
    }
    if (work.look) {
        work.look(*connection);
    }
    return copy;
}

StoreCopy copy_postgres(const StoreOptions& from, const std::string& folder, const CopyWork& work) {
    const auto connection = open_store(from)->connect();
    const sql::Transaction snapshot(*connection, sql::Reads::Snapshot);
    connection->run_script(
        "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0");
    StoreCopy copy{"postgres", schema_version(*connection), {}, {}, {}};
    postgres::TableCopier copier(from, texts(*connection, "SELECT pg_export_snapshot()").front());
    if (work.look) {
        work.look(*connection);
    }
    std::int64_t before = 0;
    for (const std::string& table : store_tables(*connection)) {
        const CopiedFile file{table + ".copy", table, texts(*connection, kColumns, {table})};
        copy.rows[table] = copier.copy_out(file, folder, [&](std::int64_t bytes) {
            before += bytes;
            if (work.stop.stop_requested()) {
                throw base::Stopped();
            }
            if (work.progress) {
                work.progress(before);
            }
        });
        copy.files.push_back(file);
    }
    // Sequences know no snapshot: read behind the rows they are never below them.
    for (const CopiedFile& file : copy.files) {
        const auto ids = connection->query(kLastId, {file.table});
        if (const auto last = ids->next() ? ids->optional_integer(0) : std::nullopt) {
            copy.last_ids[file.table] = *last;
        }
    }
    return copy;
}

}  // namespace

StoreCopy copy_store(const StoreOptions& from, const std::string& folder, const CopyWork& work) {
    return from.kind == "postgres" ? copy_postgres(from, folder, work)
                                   : copy_sqlite(from, folder, work);
}

std::int64_t copy_size(const StoreOptions& from) {
    const auto connection = open_store(from)->connect();
    const auto rows = connection->query(
        connection->dialect() == sql::Dialect::Postgres ? kSizePostgres : kSizeSqlite, {});
    return rows->next() ? rows->integer(0) : 0;
}

std::vector<std::string> store_tables(sql::Connection& connection) {
    const std::set<std::string> known = tables_of_version(schema_version(connection));
    std::vector<std::string> tables =
        texts(connection,
              connection.dialect() == sql::Dialect::Postgres ? kTablesPostgres : kTablesSqlite);
    std::erase_if(tables, [&](const std::string& table) { return !known.contains(table); });
    std::sort(tables.begin(), tables.end());
    return tables;
}

bool has_rows(sql::Connection& connection) {
    for (const std::string& table : store_tables(connection)) {
        if (table != "schema_version" &&
            connection.query(fmt::format("SELECT 1 FROM \"{}\" LIMIT 1", table), {})->next()) {
            return true;
        }
    }
    return false;
}

}  // namespace hrbridge::store
