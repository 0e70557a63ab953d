#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/store/column_type.h"
#include "daemon/store/store.h"

// Reads entities from the database's own catalogue. Both stores answer the same questions in the
// same form, and of all entities at once: each question for each entity would be hundreds.
namespace hrbridge::store {
namespace {

struct CatalogueQueries {
    std::string tables;      // that have a row_hash, sorted
    std::string columns;     // table, name, not null, type; in the tables' order
    std::string references;  // table, column, parent
    std::string keys;        // table, column; in the order of the key
    std::string table;       // $1 table: name, not null, type
};

const CatalogueQueries& sqlite_queries() {
    static const CatalogueQueries queries{
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
        "WHERE m.type = 'table' AND c.name = 'row_hash' ORDER BY m.name",
        "SELECT m.name, c.name, c.\"notnull\", c.type FROM sqlite_master m "
        "JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid",
        "SELECT m.name, f.\"from\", f.\"table\" FROM sqlite_master m "
        "JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
        "SELECT m.tbl_name, k.name FROM sqlite_master m JOIN pragma_index_info(m.name) k "
        "WHERE m.type = 'index' AND m.name = m.tbl_name || '_key' ORDER BY m.tbl_name, k.seqno",
        "SELECT name, \"notnull\", type FROM pragma_table_info($1) ORDER BY cid"};
    return queries;
}

// Type modifiers are those of varchar (length + 4) and numeric (precision, scale in 11 bits).
constexpr std::string_view kColumnPostgres =
    "a.attname::text, CASE WHEN a.attnotnull THEN 1 ELSE 0 END, "
    "CASE WHEN t.typname = 'varchar' AND a.atttypmod > 4 THEN 'TEXT(' || (a.atttypmod - 4) || ')' "
    "WHEN t.typname = 'numeric' THEN 'DECIMAL_INT(' || ((a.atttypmod - 4) >> 16) || ',' || "
    "((a.atttypmod - 4) & 2047) || ')' "
    "WHEN t.typname = 'int8' THEN 'BIGINT' WHEN t.typname = 'bool' THEN 'BOOL_INT' "
    "WHEN t.typname = 'date' THEN 'DATE_INT' WHEN t.typname = 'timestamptz' THEN 'TIMESTAMP_INT' "
    "WHEN t.typname = 'bytea' THEN 'BLOB' WHEN t.typname = 'sealed' THEN 'SEALED_BLOB' "
    "ELSE 'TEXT' END";
constexpr std::string_view kEntitiesPostgres =
    "c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace AND EXISTS "
    "(SELECT 1 FROM pg_catalog.pg_attribute h WHERE h.attrelid = c.oid "
    "AND h.attname = 'row_hash' AND NOT h.attisdropped)";

const CatalogueQueries& postgres_queries() {
    static const CatalogueQueries queries{
        fmt::format("SELECT c.relname::text FROM pg_catalog.pg_class c WHERE {} "
                    "ORDER BY c.relname COLLATE \"C\"",
                    kEntitiesPostgres),
        fmt::format("SELECT c.relname::text, {} FROM pg_catalog.pg_class c "
                    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
                    "JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
                    "WHERE {} AND a.attnum > 0 AND NOT a.attisdropped "
                    "ORDER BY c.relname COLLATE \"C\", a.attnum",
                    kColumnPostgres,
                    kEntitiesPostgres),
        fmt::format("SELECT c.relname::text, a.attname::text, p.relname::text "
                    "FROM pg_catalog.pg_class c "
                    "JOIN pg_catalog.pg_constraint f ON f.conrelid = c.oid AND f.contype = 'f' "
                    "JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid "
                    "AND a.attnum = f.conkey[1] "
                    "JOIN pg_catalog.pg_class p ON p.oid = f.confrelid WHERE {}",
                    kEntitiesPostgres),
        fmt::format("SELECT c.relname::text, a.attname::text FROM pg_catalog.pg_class c "
                    "JOIN pg_catalog.pg_index i ON i.indrelid = c.oid "
                    "JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid "
                    "AND x.relname = (c.relname::text || '_key')::name "
                    "CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place) "
                    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum "
                    "WHERE {} ORDER BY c.relname COLLATE \"C\", k.place",
                    kEntitiesPostgres),
        fmt::format(
            "SELECT {} FROM pg_catalog.pg_attribute a "
            "JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE a.attrelid = to_regclass($1) "
            "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            kColumnPostgres)};
    return queries;
}

constexpr int kFirstLoadVersion = 16;  // of the schema, from which on there is first_load

bool is_loaders_own(std::string_view column) {
    return column == "id" || column == "row_hash" || column == "batch_id" ||
           column == "known_from" || column == "source_row" || column == "source_time" ||
           column == "source_map" || column == "gone_at";
}

const CatalogueQueries& queries_of(const sql::Connection& connection) {
    return connection.dialect() == sql::Dialect::Postgres ? postgres_queries() : sqlite_queries();
}

// Foreign keys that a first load has put off.
constexpr std::string_view kPutOffReferences =
    "SELECT entity, column_name, parent FROM first_load WHERE parent IS NOT NULL";

// The tables being read, by name.
class Entities {
  public:
    Entities(sql::Connection& connection, const CatalogueQueries& queries)
        : connection_(connection) {
        const auto rows = connection_.query(queries.tables, {});
        while (rows->next()) {
            places_.emplace(rows->text(0), tables_.size());
            tables_.emplace_back().name = rows->text(0);
        }
    }

    void add_keys(const std::string& query) {
        const auto rows = connection_.query(query, {});
        while (rows->next()) {
            if (EntityTable* const table = find(rows->text(0))) {
                table->key.push_back(rows->text(1));
            }
        }
    }

    void add_columns(const std::string& query) {
        const auto rows = connection_.query(query, {});
        while (rows->next()) {
            EntityTable* const table = find(rows->text(0));
            if (table != nullptr && !is_loaders_own(rows->text(1))) {
                add_column(*rows, 1, table->columns);
            }
        }
    }

    void add_references(std::string_view query) {
        const auto rows = connection_.query(query, {});
        while (rows->next()) {
            EntityTable* const table = find(rows->text(0));
            if (table == nullptr) {
                continue;
            }
            for (EntityColumn& column : table->columns) {
                if (column.name == rows->text(1)) {
                    column.references = rows->text(2);
                }
            }
        }
    }

    // Those that have a key.
    std::vector<EntityTable> take() {
        constexpr std::string_view kHistory = "_history";
        for (EntityTable& table : tables_) {
            table.has_history = places_.contains(table.name + std::string(kHistory));
        }
        std::erase_if(tables_, [](const EntityTable& table) { return table.key.empty(); });
        return std::move(tables_);
    }

    // From this column on: name, not null, type.
    static void add_column(const sql::Rows& rows, int at, std::vector<EntityColumn>& columns) {
        if (const auto type = parse_sqlite_type(rows.text(at + 2))) {
            columns.push_back(
                {rows.text(at), type->type, rows.integer(at + 1) != 0, type->sealed, {}});
        }
    }

  private:
    EntityTable* find(const std::string& name) {
        const auto place = places_.find(name);
        return place == places_.end() ? nullptr : &tables_[place->second];
    }

    sql::Connection& connection_;
    std::vector<EntityTable> tables_;
    std::map<std::string, std::size_t> places_;
};

}  // namespace

std::vector<EntityColumn> table_columns(sql::Connection& connection, const std::string& table) {
    std::vector<EntityColumn> columns;
    const auto rows = connection.query(queries_of(connection).table, {table});
    while (rows->next()) {
        Entities::add_column(*rows, 0, columns);
    }
    return columns;
}

std::vector<EntityTable> entity_tables(sql::Connection& connection) {
    const CatalogueQueries& queries = queries_of(connection);
    Entities entities(connection, queries);
    entities.add_keys(queries.keys);
    entities.add_columns(queries.columns);
    entities.add_references(queries.references);
    if (schema_version(connection) >= kFirstLoadVersion) {
        entities.add_references(kPutOffReferences);
    }
    return entities.take();
}

}  // namespace hrbridge::store
