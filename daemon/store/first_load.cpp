#include "daemon/store/first_load.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace hrbridge::store {
namespace {

struct PutOff {
    std::string name;
    std::string definition;
    std::optional<std::string> column;
    std::optional<std::string> parent;
};

// $1 the entity, $2 its key's index, which says what is a repeated row and stays. So do those of
// few rows (WHERE): they cost nothing and tell a batch that there are none.
constexpr std::string_view kIndexesPostgres =
    "SELECT c.relname::text, pg_catalog.pg_get_indexdef(i.indexrelid), NULL, NULL "
    "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
    "WHERE i.indrelid = to_regclass($1) AND NOT i.indisunique AND i.indpred IS NULL "
    "AND c.relname <> $2 "
    "ORDER BY c.relname COLLATE \"C\"";
// Foreign keys, and the primary key where no foreign key of another table needs it: the ids are the
// store's own, so that it refuses nothing.
constexpr std::string_view kConstraintsPostgres =
    "SELECT f.conname::text, format('ALTER TABLE %s ADD CONSTRAINT %I %s', f.conrelid::regclass, "
    "f.conname, pg_catalog.pg_get_constraintdef(f.oid)), "
    "CASE WHEN f.contype = 'f' THEN a.attname::text END, p.relname::text "
    "FROM pg_catalog.pg_constraint f "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1] "
    "LEFT JOIN pg_catalog.pg_class p ON p.oid = f.confrelid "
    "WHERE f.conrelid = to_regclass($1) AND (f.contype = 'f' OR (f.contype = 'p' AND NOT EXISTS "
    "(SELECT 1 FROM pg_catalog.pg_constraint other WHERE other.contype = 'f' "
    "AND other.confrelid = f.conrelid))) ORDER BY f.conname COLLATE \"C\"";
constexpr std::string_view kIndexesSqlite =
    "SELECT m.name, m.sql, NULL, NULL FROM sqlite_master m JOIN pragma_index_list($1) i "
    "ON i.name = m.name WHERE m.type = 'index' AND m.sql IS NOT NULL AND i.\"unique\" = 0 AND "
    "i.partial = 0 "
    "AND m.name <> $2 ORDER BY m.name";

// Room on each page for a changed row beside its old one: no index then needs an entry for it.
// Whoever has set it knows better.
constexpr std::string_view kHasFillFactor =
    "SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass($1) AND "
    "array_to_string(reloptions, ',') LIKE '%fillfactor%'";
constexpr int kFillFactor = 90;

constexpr std::string_view kNote =
    "INSERT INTO first_load (entity, name, mapping, definition, column_name, parent, put_off_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";
constexpr std::string_view kUnderWay =
    "SELECT 1 FROM first_load WHERE entity = $1 AND mapping = $2 LIMIT 1";
constexpr std::string_view kPutOff =
    "SELECT name, definition, column_name, parent FROM first_load WHERE entity = $1 "
    "ORDER BY parent IS NOT NULL, name";
constexpr std::string_view kNotProven = " NOT VALID";
constexpr std::string_view kForget = "DELETE FROM first_load WHERE entity = $1";

std::string to_make(const PutOff& each, FirstLoad::Proof of_foreign_keys) {
    const bool proves = !each.parent || of_foreign_keys == FirstLoad::Proof::ByTheStore;
    return proves || each.definition.ends_with(kNotProven)
               ? each.definition
               : fmt::format("{}{}", each.definition, kNotProven);
}

base::Value text_or_null(const std::optional<std::string>& text) {
    return text ? base::Value(*text) : base::Value(base::Null{});
}

std::vector<PutOff> read(sql::Connection& connection,
                         std::string_view query,
                         std::initializer_list<base::Value> values) {
    std::vector<PutOff> found;
    const auto rows = connection.query(query, values);
    while (rows->next()) {
        found.push_back(
            {rows->text(0), rows->text(1), rows->optional_text(2), rows->optional_text(3)});
    }
    return found;
}

}  // namespace

FirstLoad::FirstLoad(sql::Connection& connection, std::string entity, std::string mapping)
    : connection_(connection), entity_(std::move(entity)), mapping_(std::move(mapping)) {}

bool FirstLoad::is_under_way() {
    return connection_.query(kUnderWay, {entity_, mapping_})->next();
}

void FirstLoad::put_off(base::Timestamp now) {
    const bool postgres = connection_.dialect() == sql::Dialect::Postgres;
    std::vector<PutOff> all;
    if (postgres) {
        if (!connection_.query(kHasFillFactor, {entity_})->next()) {
            connection_.run_script(
                fmt::format("ALTER TABLE {} SET (fillfactor = {})", entity_, kFillFactor));
        }
        all = read(connection_, kConstraintsPostgres, {entity_});
        for (const PutOff& key : all) {
            connection_.run_script(
                fmt::format("ALTER TABLE {} DROP CONSTRAINT \"{}\"", entity_, key.name));
        }
    }
    const std::string key = entity_ + "_key";
    const auto indexes =
        read(connection_, postgres ? kIndexesPostgres : kIndexesSqlite, {entity_, key});
    for (const PutOff& index : indexes) {
        connection_.run_script(fmt::format("DROP INDEX \"{}\"", index.name));
        all.push_back(index);
    }
    for (const PutOff& each : all) {
        connection_.execute(kNote,
                            {entity_,
                             each.name,
                             mapping_,
                             each.definition,
                             text_or_null(each.column),
                             text_or_null(each.parent),
                             now});
    }
}

void FirstLoad::make_again(Proof of_foreign_keys) {
    const auto all = read(connection_, kPutOff, {entity_});
    if (all.empty()) {
        return;
    }
    if (connection_.dialect() == sql::Dialect::Postgres) {
        // Sorting millions of rows takes as long as it takes, and more room than a query gets.
        connection_.run_script(
            "SET LOCAL statement_timeout = 0; SET LOCAL maintenance_work_mem = '256MB'");
    }
    for (const PutOff& each : all) {
        try {
            connection_.run_script(to_make(each, of_foreign_keys));
        } catch (const base::StoreError& error) {
            if (error.remedy() == base::Remedy::Retry) {
                throw;
            }
            throw base::StoreError(error.code(),
                                   base::Remedy::Stop,
                                   fmt::format("{} {} could not be made again after the first load "
                                               "of {}: {}",
                                               each.parent ? "the foreign key" : "the index",
                                               each.name,
                                               entity_,
                                               error.what()));
        }
    }
    if (connection_.dialect() == sql::Dialect::Postgres) {
        // Until autovacuum comes the planner would take the entity for what it was when the load
        // began, and join millions of rows by nested loops.
        connection_.run_script(fmt::format("ANALYZE {}", entity_));
    }
    connection_.execute(kForget, {entity_});
}

}  // namespace hrbridge::store
