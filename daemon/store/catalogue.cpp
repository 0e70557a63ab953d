#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/store/column_type.h"
#include "daemon/store/store.h"

// Reads entities from the database's own catalogue. Both stores answer the same three questions
// in the same form.
namespace hrbridge::store {
namespace {

struct CatalogueQueries {
    std::string_view tables;   // with a row_hash, sorted; $-less
    std::string_view columns;  // $1 table: name, not null, type, length, precision, scale, domain
    std::string_view references;  // $1 table: column, parent
    std::string_view key;         // $1 index: columns in order
};

constexpr CatalogueQueries kSqlite{
    "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
    "WHERE m.type = 'table' AND c.name = 'row_hash' ORDER BY m.name",
    "SELECT name, \"notnull\", type FROM pragma_table_info($1) ORDER BY cid",
    "SELECT \"from\", \"table\" FROM pragma_foreign_key_list($1)",
    "SELECT name FROM pragma_index_info($1) ORDER BY seqno"};

// Type modifiers are those of varchar (length + 4) and numeric (precision, scale in 11 bits).
constexpr CatalogueQueries kPostgres{
    "SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a "
    "ON a.attrelid = c.oid WHERE c.relkind IN ('r', 'p') AND a.attname = 'row_hash' "
    "AND NOT a.attisdropped AND c.relnamespace = current_schema()::regnamespace "
    "ORDER BY c.relname COLLATE \"C\"",
    "SELECT a.attname::text, CASE WHEN a.attnotnull THEN 1 ELSE 0 END, "
    "CASE WHEN t.typname = 'varchar' AND a.atttypmod > 4 THEN 'TEXT(' || (a.atttypmod - 4) || ')' "
    "WHEN t.typname = 'numeric' THEN 'DECIMAL_INT(' || ((a.atttypmod - 4) >> 16) || ',' || "
    "((a.atttypmod - 4) & 2047) || ')' "
    "WHEN t.typname = 'int8' THEN 'BIGINT' WHEN t.typname = 'bool' THEN 'BOOL_INT' "
    "WHEN t.typname = 'date' THEN 'DATE_INT' WHEN t.typname = 'timestamptz' THEN 'TIMESTAMP_INT' "
    "WHEN t.typname = 'bytea' THEN 'BLOB' WHEN t.typname = 'sealed' THEN 'SEALED_BLOB' "
    "ELSE 'TEXT' END "
    "FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
    "WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
    "SELECT a.attname::text, p.relname::text FROM pg_catalog.pg_constraint f "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1] "
    "JOIN pg_catalog.pg_class p ON p.oid = f.confrelid "
    "WHERE f.contype = 'f' AND f.conrelid = to_regclass($1)",
    "SELECT a.attname::text FROM pg_catalog.pg_index i "
    "CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place) "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum "
    "WHERE i.indexrelid = to_regclass($1) ORDER BY k.place"};

constexpr int kFirstLoadVersion = 16;  // of the schema, from which on there is first_load

bool is_loaders_own(std::string_view column) {
    return column == "id" || column == "row_hash" || column == "batch_id" ||
           column == "known_from" || column == "source_row" || column == "source_time" ||
           column == "source_map" || column == "gone_at";
}

std::vector<std::string> texts(sql::Connection& connection,
                               std::string_view query,
                               std::initializer_list<base::Value> values) {
    std::vector<std::string> found;
    const auto rows = connection.query(query, values);
    while (rows->next()) {
        found.push_back(rows->text(0));
    }
    return found;
}

const CatalogueQueries& queries_of(const sql::Connection& connection) {
    return connection.dialect() == sql::Dialect::Postgres ? kPostgres : kSqlite;
}

// Foreign keys that a first load has put off.
constexpr std::string_view kPutOffReferences =
    "SELECT column_name, parent FROM first_load WHERE entity = $1 AND parent IS NOT NULL";

void add_references(sql::Connection& connection, std::string_view query, EntityTable& table) {
    const auto rows = connection.query(query, {table.name});
    while (rows->next()) {
        for (EntityColumn& column : table.columns) {
            if (column.name == rows->text(0)) {
                column.references = rows->text(1);
            }
        }
    }
}

}  // namespace

std::vector<EntityColumn> table_columns(sql::Connection& connection, const std::string& table) {
    std::vector<EntityColumn> columns;
    const auto rows = connection.query(queries_of(connection).columns, {table});
    while (rows->next()) {
        if (const auto type = parse_sqlite_type(rows->text(2))) {
            columns.push_back({rows->text(0), type->type, rows->integer(1) != 0, type->sealed, {}});
        }
    }
    return columns;
}

std::vector<EntityTable> entity_tables(sql::Connection& connection) {
    constexpr std::string_view kHistory = "_history";
    const CatalogueQueries& queries = queries_of(connection);
    const std::vector<std::string> names = texts(connection, queries.tables, {});
    const bool has_first_loads = schema_version(connection) >= kFirstLoadVersion;
    std::vector<EntityTable> tables;
    for (const std::string& name : names) {
        EntityTable table;
        table.name = name;
        table.key = texts(connection, queries.key, {name + "_key"});
        if (table.key.empty()) {
            continue;
        }
        table.columns = table_columns(connection, name);
        std::erase_if(table.columns,
                      [](const EntityColumn& column) { return is_loaders_own(column.name); });
        add_references(connection, queries.references, table);
        if (has_first_loads) {
            add_references(connection, kPutOffReferences, table);
        }
        const std::string history = name + std::string(kHistory);
        table.has_history = std::find(names.begin(), names.end(), history) != names.end();
        tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace hrbridge::store
