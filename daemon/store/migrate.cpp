#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "daemon/store/column_type.h"
#include "daemon/store/store.h"
#include "hrbridge_schema_files.h"

namespace hrbridge::store {
namespace {

// Any number that no other program uses on the same server; "hrbridge" in ASCII.
constexpr std::int64_t kMigrationLock = 0x6872'6272'6964'6765;

constexpr std::string_view kCreateVersions = R"(
CREATE TABLE IF NOT EXISTS schema_version (
    version {int} PRIMARY KEY,
    file    {text} NOT NULL,
    sha256  {text} NOT NULL
))";
constexpr std::string_view kInsertVersion =
    "INSERT INTO schema_version (version, file, sha256) VALUES ($1, $2, $3)";
constexpr std::string_view kSelectVersion = "SELECT max(version) FROM schema_version";
constexpr std::string_view kSelectApplied =
    "SELECT version, sha256 FROM schema_version ORDER BY version";
constexpr std::string_view kFindVersionsSqlite =
    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'";
constexpr std::string_view kFindVersionsPostgres =
    "SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'schema_version' "
    "AND relnamespace = current_schema()::regnamespace";
// PostgreSQL has no CREATE DOMAIN IF NOT EXISTS.
constexpr std::string_view kCreateSealed = R"(
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_type
                   WHERE typname = 'sealed' AND typnamespace = current_schema()::regnamespace) THEN
        CREATE DOMAIN sealed AS bytea;
    END IF;
END $$)";

struct Migration {
    int version = 0;
    std::string_view file;
    std::string_view sql;

    std::string sha256() const { return base::to_hex(base::sha256(sql)); }
};

int number_of(std::string_view file) {
    const std::string_view name = file.substr(file.rfind('/') + 1);
    int number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    return number;
}

std::vector<Migration> migrations() {
    std::vector<Migration> all;
    for (const schema::EmbeddedFile& file : schema::embedded_files()) {
        all.push_back({number_of(file.name), file.name, file.content});
    }
    return all;
}

bool has_versions(sql::Connection& connection) {
    const auto rows =
        connection.query(connection.dialect() == sql::Dialect::Postgres ? kFindVersionsPostgres
                                                                        : kFindVersionsSqlite,
                         {});
    return rows->next() && rows->integer(0) > 0;
}

// Two processes may start on one empty store: the second waits here and then finds all applied.
void lock_migrations(sql::Connection& connection) {
    if (connection.dialect() == sql::Dialect::Postgres) {
        connection.query("SELECT pg_advisory_xact_lock($1)", {kMigrationLock})->next();
    }
}

void prepare(sql::Connection& connection) {
    if (connection.dialect() == sql::Dialect::Postgres) {
        connection.run_script(kCreateSealed);
    }
    connection.run_script(render_types(kCreateVersions, connection.dialect()));
}

using Run = std::vector<const Migration*>;

// In one transaction.
void apply_whole(sql::Connection& connection, const Run& migrations) {
    sql::Transaction transaction(connection);
    lock_migrations(connection);
    prepare(connection);
    for (const Migration* const each : migrations) {
        if (schema_version(connection) < each->version) {
            connection.run_script(render_types(each->sql, connection.dialect()));
            connection.execute(
                kInsertVersion,
                {std::int64_t{each->version}, std::string{each->file}, each->sha256()});
        }
    }
    transaction.commit();
}

// An applied file must not change: a database made before and one made after would differ.
void check_applied(sql::Connection& connection, const std::vector<Migration>& all) {
    const auto rows = connection.query(kSelectApplied, {});
    while (rows->next()) {
        for (const Migration& migration : all) {
            if (migration.version == rows->integer(0) && migration.sha256() != rows->text(1)) {
                throw base::StoreError(
                    "schema",
                    base::Remedy::Stop,
                    fmt::format("{} is not the file that this store was made with; use the release "
                                "that made it or write a new migration",
                                migration.file));
            }
        }
    }
}

}  // namespace

int newest_schema_version() {
    int newest = 0;
    for (const Migration& migration : migrations()) {
        newest = std::max(newest, migration.version);
    }
    return newest;
}

int schema_version(sql::Connection& connection) {
    if (!has_versions(connection)) {
        return 0;
    }
    const auto rows = connection.query(kSelectVersion, {});
    return rows->next() && !rows->is_null(0) ? static_cast<int>(rows->integer(0)) : 0;
}

void migrate(sql::Connection& connection, int last) {
    const std::vector<Migration> all = migrations();
    const int present = schema_version(connection);
    if (present > newest_schema_version()) {
        throw base::StoreError(
            "schema",
            base::Remedy::Stop,
            fmt::format("the store has schema version {}, this program knows {}; "
                        "install the newer hrbridge",
                        present,
                        newest_schema_version()));
    }
    if (present > 0) {
        check_applied(connection, all);
    }
    Run missing;
    for (const Migration& migration : all) {
        if (migration.version > present && migration.version <= last) {
            missing.push_back(&migration);
        }
    }
    if (present == 0) {
        // Killed half-way it would look like the store of an earlier release, which waits for
        // somebody to upgrade it.
        apply_whole(connection, missing);
        return;
    }
    for (const Migration* const migration : missing) {
        apply_whole(connection, {migration});
    }
}

}  // namespace hrbridge::store
